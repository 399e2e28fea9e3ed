using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using EReferrals.Local.Azurite;

namespace EReferrals.Tests.Journeys;

internal static class AuditSteps
{
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
}
