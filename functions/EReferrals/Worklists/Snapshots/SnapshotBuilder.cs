using EReferrals.Contingency.Printing;
using EReferrals.Http.Html;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;

namespace EReferrals.Worklists.Snapshots;

/// <summary>Brings the snapshot of a list to the list's present version: CSV, printable page, and JSON last, which says that all three are there.</summary>
public sealed class SnapshotBuilder(WorklistReader worklists, SnapshotBlobs snapshots) : IDisposable
{
    // A list of 10,000 takes some 40 MB while it is written in three forms.
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
