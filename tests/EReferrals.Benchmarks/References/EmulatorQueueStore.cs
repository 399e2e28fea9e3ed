using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Local.Azurite;

namespace EReferrals.Benchmarks.References;

/// <summary>"Accept straight to the storage queue": one Put Message to the emulator per request, signed by hand (SharedKey).</summary>
internal sealed class EmulatorQueueStore : IAcceptStore
{
    private const string Version = "2021-12-02";
    private const string ContentType = "application/xml";

    private readonly AzuriteSupervisor _azurite;
    private readonly HttpClient _http = new();

    private EmulatorQueueStore(AzuriteSupervisor azurite) => _azurite = azurite;

    public string Commit => "the emulator's queue service; it saves every few seconds and does not survive a crash";

    public static async Task<EmulatorQueueStore> OpenAsync(string folder)
    {
        var installed = new AzuriteOptions { InstallFolder = Path.Combine(Repository.Root, "infra", "local", "Azurite") };
        var store = new EmulatorQueueStore(await AzuriteSupervisor.StartAsync(folder, installed));
        await store.SendAsync(HttpMethod.Put, "/submissions", "");
        return store;
    }

    public Task SaveAsync(byte[] body) => SendAsync(
        HttpMethod.Post, "/submissions/messages", $"<QueueMessage><MessageText>{Convert.ToBase64String(body)}</MessageText></QueueMessage>");

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _azurite.DisposeAsync();
    }

    private async Task SendAsync(HttpMethod method, string path, string body)
    {
        var address = new Uri(_azurite.Records.QueueEndpoint.ToString().TrimEnd('/') + path);
        using var request = new HttpRequestMessage(method, address) { Content = new StringContent(body, Encoding.UTF8) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        var date = DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture);
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-version", Version);
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "SharedKey", $"{AzuriteEmulator.AccountName}:{Signature(method, address, body.Length, date)}");
        using var response = await _http.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }

    private static string Signature(HttpMethod method, Uri address, int length, string date)
    {
        var lengthText = length == 0 ? "" : length.ToString(CultureInfo.InvariantCulture);
        var toSign = $"{method}\n\n\n{lengthText}\n\n{ContentType}\n\n\n\n\n\n\n"
            + $"x-ms-date:{date}\nx-ms-version:{Version}\n/{AzuriteEmulator.AccountName}{address.AbsolutePath}";
        return Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(AzuriteEmulator.AccountKey), Encoding.UTF8.GetBytes(toSign)));
    }
}
