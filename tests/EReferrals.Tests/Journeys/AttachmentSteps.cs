using System.Text;
using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Tests.Journeys;

internal static class AttachmentSteps
{
    // Split in two, so that a virus scanner on the developer's machine does not quarantine this file or the program.
    public static byte[] TestThreat { get; } =
        Encoding.ASCII.GetBytes(@"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + string.Concat("EICAR-STANDARD", "-ANTIVIRUS-TEST-FILE!$H+H*"));

    public static Task<HttpResponseMessage> UploadAsync(
        this RunningApp app, Actor actor, byte[] bytes, string? name = "letter.txt", string? type = "text/plain", params (string, string)[] headers)
    {
        var content = new ByteArrayContent(bytes);
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (name is not null) headers = [.. headers, ("NHSD-eRS-File-Name", name)];
        return app.SendAsync(actor, HttpMethod.Post, "/v1/attachments", content, headers);
    }

    /// <summary>Uploads a new text and returns its id before it is scanned.</summary>
    public static async Task<string> UploadedAsync(this RunningApp app, Actor actor, string text = "Dear colleague", params (string, string)[] headers)
    {
        using var response = await app.UploadAsync(actor, Encoding.UTF8.GetBytes(text), headers: headers);
        Assert.Equal(201, (int)response.StatusCode);
        return (await response.JsonAsync())["id"]!.GetValue<string>();
    }

    /// <summary>Uploads a new text and returns its id after it was found clean.</summary>
    public static async Task<string> AvailableAsync(this RunningApp app, Actor actor, string text = "Dear colleague")
    {
        var id = await app.UploadedAsync(actor, text);
        await app.DrainAsync();
        return id;
    }

    /// <summary>Sends a verdict on a file as the scanner does, whose verdict may be late.</summary>
    public static async Task ReportScanAsync(this RunningApp app, string file, string result = "No threats found")
    {
        var verdict = new JsonObject
        {
            ["eventType"] = "Microsoft.Security.MalwareScanningResult",
            ["data"] = new JsonObject { ["blobUri"] = $"https://records.blob.core.windows.net/attachments/{file}", ["scanResultType"] = result },
        };
        await using var bus = new ServiceBusClient(app.Local.ServiceBusConnection);
        await using var sender = bus.CreateSender(Queues.AttachmentScanned);
        await sender.SendMessageAsync(new ServiceBusMessage(verdict.ToJsonString()) { MessageId = Guid.NewGuid().ToString() });
    }

    public static JsonObject Naming(params string[] attachments)
    {
        var submission = JourneySteps.Submission(key: string.Join(" ", attachments));
        submission["attachments"] = new JsonArray([.. attachments.Select(id => JsonValue.Create(id))]);
        return submission;
    }
}
