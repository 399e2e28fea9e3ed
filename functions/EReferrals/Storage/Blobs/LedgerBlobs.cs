using System.Globalization;
using System.Text;
using Azure.Storage.Blobs;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// The UBRNs of accepted and changed referrals, in append blobs of five minutes each. Each blob is work for the reconciler, which deletes it when all its
/// referrals are right.
/// </summary>
public sealed class LedgerBlobs(StorageClients storage, TimeProvider clock)
{
    private const string SlotForm = "yyyyMMddHHmm";

    private static readonly TimeSpan Slot = TimeSpan.FromMinutes(5);
    private static readonly string Instance = Guid.NewGuid().ToString("N");

    private readonly BlobContainerClient _container = storage.ContingencyContainer(Containers.Ledger);

    private readonly AppendLog _log = new(
        storage.ContingencyContainer(Containers.Ledger), Instance, "txt", () => SlotOf(clock.GetUtcNow()).ToString(SlotForm, CultureInfo.InvariantCulture));

    public Task AppendAsync(IEnumerable<Ubrn> ubrns, CancellationToken cancellationToken) => _log.AppendAsync(Lines(ubrns), cancellationToken);

    /// <summary>The parts whose slot ended longer ago than <paramref name="age"/>, oldest first.</summary>
    public async Task<IReadOnlyList<LedgerPart>> OlderThanAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - age - Slot;
        var parts = new List<LedgerPart>();
        await foreach (var blob in _container.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            var part = new LedgerPart(blob.Name, BeginOf(blob.Name));
            // Blob names sort by time.
            if (part.Begin > before) break;
            parts.Add(part);
        }

        return parts;
    }

    public async Task<IReadOnlyList<Ubrn>> ReadAsync(LedgerPart part, CancellationToken cancellationToken)
    {
        var download = await _container.GetBlobClient(part.Name).DownloadContentAsync(cancellationToken);
        var lines = download.Value.Content.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(Ubrn.Parse).Distinct()];
    }

    /// <summary>Replaces a part by the UBRNs that need another check. Writes them before it deletes the part: a stop in between leaves both.</summary>
    public async Task LeaveAsync(LedgerPart part, IReadOnlyCollection<Ubrn> open, CancellationToken cancellationToken)
    {
        if (open.Count > 0)
        {
            var name = $"{part.Begin.ToString(SlotForm, CultureInfo.InvariantCulture)}/open-{Guid.NewGuid():N}.txt";
            await _container.GetBlobClient(name).UploadAsync(new BinaryData(Lines(open)), cancellationToken);
        }

        await _container.GetBlobClient(part.Name).DeleteIfExistsAsync(cancellationToken: cancellationToken);
    }

    private static DateTimeOffset SlotOf(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % Slot.Ticks), TimeSpan.Zero);

    private static DateTimeOffset BeginOf(string name) => DateTimeOffset.ParseExact(
        name[..name.IndexOf('/', StringComparison.Ordinal)], SlotForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static byte[] Lines(IEnumerable<Ubrn> ubrns) => Encoding.ASCII.GetBytes(string.Concat(ubrns.Select(ubrn => $"{ubrn}\n")));
}

/// <param name="Begin">When the five minutes of the part began.</param>
public sealed record LedgerPart(string Name, DateTimeOffset Begin);
