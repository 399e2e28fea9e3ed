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
}
