using EReferrals.Contingency.Printing;
using EReferrals.Http.Html;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;

namespace EReferrals.Worklists.Snapshots;

/// <summary>Writes the snapshot of a list at its current version: CSV, printable page and, last, JSON. The JSON therefore shows that all three exist.</summary>
public sealed class SnapshotBuilder(WorklistReader worklists, SnapshotBlobs snapshots) : IDisposable
{
    // A list of 10,000 entries takes about 40 MB of memory while its three forms are written.
    private const int AtOnce = 4;

    private readonly SemaphoreSlim _few = new(AtOnce);

    public async Task BuildAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        await _few.WaitAsync(cancellationToken);
        try
        {
            var head = await worklists.HeadAsync(worklist, cancellationToken);
            if (await snapshots.VersionAsync(worklist, SnapshotBlobs.Json, cancellationToken) >= head.Version) return;
            await WriteAsync(worklist, await worklists.WholeAsync(worklist, cancellationToken), cancellationToken);
        }
        finally
        {
            _few.Release();
        }
    }

    public void Dispose() => _few.Dispose();

    private async Task WriteAsync(WorklistName worklist, WholeList list, CancellationToken cancellationToken)
    {
        await WriteAsync(SnapshotBlobs.Csv, CsvList.ContentType, CsvList.ToBytes(list));
        await WriteAsync(SnapshotBlobs.Html, HtmlPage.ContentType, PrintedList.ToBytes(list));
        await WriteAsync(SnapshotBlobs.Json, "application/json", SnapshotBlobs.ToJson(list));

        Task WriteAsync(string form, string contentType, byte[] content) =>
            snapshots.WriteAsync(worklist, form, contentType, list.Version, BinaryData.FromBytes(content), cancellationToken);
    }
}
