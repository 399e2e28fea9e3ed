using System.Net.Http.Json;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Local.Tests;

/// <summary><c>--services-only</c>: everything but the host and the app.</summary>
public sealed class ServicesOnlyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("services-only-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_app_with_the_written_settings_reaches_storage_bus_and_tokens()
    {
        var output = _folder.CreateSubdirectory(Path.Combine("app", "bin"));
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "app", "App.csproj"), "");
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stopping = new CancellationTokenSource();
        var serving = ServicesOnly.ServeAsync(
            new LocalPlatformOptions
            {
                StateFolder = Path.Combine(_folder.FullName, "state"),
                ApplicationDirectory = output.FullName,
                Port = 0,
                Progress = line =>
                {
                    if (line.StartsWith("Ready: services only", StringComparison.Ordinal)) ready.SetResult();
                },
            },
            stopping.Token);
        await (await Task.WhenAny(ready.Task, serving)).WaitAsync(TimeSpan.FromMinutes(2));

        var settings = await SettingsAsync();
        await using var bus = new ServiceBusClient(settings["ServiceBusConnection"]);
        await bus.CreateSender("referral-submitted").SendMessageAsync(new ServiceBusMessage("x") { MessageId = "one" });
        foreach (var storage in new[] { "Records__ConnectionString", "Contingency__ConnectionString" })
            await new TableServiceClient(settings[storage]).CreateTableAsync("Reached");
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["user"] = "1", ["organisation"] = "R69", ["role"] = "OPERATOR" });
        using var token = await http.PostAsync(new Uri($"{settings["Security__Issuer"]}/token"), form);
        var keys = await http.GetFromJsonAsync<JsonElement>(new Uri($"{settings["Security__Issuer"]}/jwks"));
        await stopping.CancelAsync();
        await serving;

        Assert.True(token.IsSuccessStatusCode, $"The issuer answered {(int)token.StatusCode}.");
        Assert.NotEqual(0, keys.GetProperty("keys").GetArrayLength());
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri($"{settings["Security__Issuer"]}/jwks")));
    }

    private async Task<Dictionary<string, string>> SettingsAsync()
    {
        await using var file = File.OpenRead(Path.Combine(_folder.FullName, "app", "local.settings.json"));
        var written = await JsonSerializer.DeserializeAsync<JsonElement>(file);
        Assert.False(written.GetProperty("IsEncrypted").GetBoolean());
        return written.GetProperty("Values").Deserialize<Dictionary<string, string>>()!;
    }
}
