using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using EReferrals.Local.Azurite;

namespace EReferrals.Tests.Journeys;

internal static class AuditSteps
{
    /// <summary>
    /// Returns the audit entries of one request. On a busy machine the first account may be late: an entry is then in the reserve, or in both with one id.
    /// </summary>
    public static async Task<IReadOnlyList<JsonObject>> TrailAsync(this RunningApp app, string correlationId)
    {
        var (first, reserve) = (app.Local.Azurite!.Contingency, app.Local.Azurite.Records);
        return [.. (await first.TrailAsync(correlationId)).Concat(await reserve.TrailAsync(correlationId)).DistinctBy(entry => (string?)entry["id"])];
    }

    /// <summary>Returns the audit entries of one request that are stored in this account.</summary>
    public static async Task<IReadOnlyList<JsonObject>> TrailAsync(this AzuriteEmulator account, string correlationId)
    {
        var container = new BlobContainerClient(account.ConnectionString, "audit");
        var entries = new List<JsonObject>();
        await foreach (var blob in container.GetBlobsAsync())
        {
            var lines = (await container.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToString();
            var ours = lines.Split('\n').Where(line => line.Contains(correlationId, StringComparison.Ordinal));
            entries.AddRange(ours.Select(line => JsonSerializer.Deserialize<JsonObject>(line)!));
        }

        return entries;
    }

    /// <summary>The verification of a day in all answers that it takes. <c>openEnds</c> can be too many when it takes more than one.</summary>
    public static async Task<JsonObject> VerifyDayAsync(this RunningApp app, string day)
    {
        // A test may have moved the clock beyond the lifetime of a token.
        app.ForgetTokens();
        JsonObject? all = null;
        JsonNode? next = null;
        do
        {
            var cursor = next is null ? "" : $"&cursor={next}";
            using var response = await app.GetAsync(Sample.Operator, $"/v1/operations/audit/verify?day={day}&limit=500{cursor}");
            response.EnsureSuccessStatusCode();
            var answer = await response.JsonAsync();
            next = answer["next"];
            if (all is null)
            {
                all = answer;
                continue;
            }

            all["whole"] = (bool)all["whole"]! && (bool)answer["whole"]!;
            all["openEnds"] = (int)all["openEnds"]! + (int)answer["openEnds"]!;
            foreach (var part in (string[])["blobs", "findings"])
            {
                foreach (var one in answer[part]!.AsArray()) all[part]!.AsArray().Add(one!.DeepClone());
            }
        }
        while (next is not null);

        return all;
    }
}
