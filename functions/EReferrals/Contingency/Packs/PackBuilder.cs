using System.Globalization;
using System.Text;
using EReferrals.Contingency.Printing;
using EReferrals.Overload;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Logging;

namespace EReferrals.Contingency.Packs;

/// <summary>
/// Builds the contingency packs of the organisations whose lists have changed since their last pack. A pack has every list, and a sheet for each
/// referral on a list. Builds one pack at a time and a few of its files at a time, so that the largest hospital needs no more memory than its longest list.
/// </summary>
public sealed partial class PackBuilder(
    SnapshotBlobs snapshots, PackBlobs packs, SheetReader sheets, LargeAnswers large, TimeProvider clock, ILogger<PackBuilder> logger)
{
    private const int ReadAtOnce = 16;

    // One pack takes seconds. The platform kills a run after five minutes (functionTimeout in host.json).
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan BetweenRuns = TimeSpan.FromMinutes(15);

    private long _lastQuarter;

    /// <summary>Builds the packs once in every quarter of an hour, and at the first call on an instance.</summary>
    public Task BuildWhenDueAsync(CancellationToken cancellationToken)
    {
        var quarter = clock.GetUtcNow().UtcTicks / BetweenRuns.Ticks;
        return Interlocked.Exchange(ref _lastQuarter, quarter) == quarter ? Task.CompletedTask : BuildAllAsync(cancellationToken);
    }

    /// <summary>
    /// Builds all changed packs. Idempotent, also when two instances run it at once. When a pack fails, its predecessor remains and the others are built.
    /// When time runs out, the next run begins with the packs that are left.
    /// </summary>
    public async Task BuildAllAsync(CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        var changed = await ChangedAsync(cancellationToken);
        var failures = new List<Exception>();
        foreach (var (number, pack) in InOrder(changed).Index())
        {
            if (clock.GetElapsedTime(begun) > LongestRun)
            {
                Log.Left(logger, changed.Count - number);
                break;
            }

            try
            {
                using var place = await large.EnterAsync(LargeAnswers.Pack, cancellationToken);
                await BuildAsync(pack, cancellationToken);
            }
            catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
            {
                Log.NotBuilt(logger, pack.Name, ex);
                if (!Transient.Is(ex, cancellationToken)) failures.Add(ex);
            }
        }

        // A failure that is not transient must appear as a failed run.
        if (failures.Count > 0) throw new AggregateException(failures);
    }

    /// <summary>Orders the packs: the oldest first. Among packs from the same run, hospitals come before practices, because they have more referrals.</summary>
    internal static IEnumerable<ChangedPack> InOrder(IEnumerable<ChangedPack> packs) => packs
        .OrderBy(pack => pack.Before is null ? 0 : pack.Before.Generated.UtcTicks / BetweenRuns.Ticks)
        .ThenBy(pack => pack.Name.Side == PackSide.Provider ? 0 : 1)
        .ThenBy(pack => pack.Before?.Generated);

    // Takes two listings, however many packs there are.
    private async Task<IReadOnlyList<ChangedPack>> ChangedAsync(CancellationToken cancellationToken)
    {
        var listed = await ListedAsync(cancellationToken);
        var made = await packs.AllAsync(cancellationToken);
        return
        [
            .. from pack in listed
               let before = made.GetValueOrDefault(pack.Key.ToString())
               where before is null || before.IsEnded || before.Contents != PackContents.From(pack.Value).ToString()
               select new ChangedPack(pack.Key, [.. pack.Value.Select(list => list.Worklist)], before),
        ];
    }

    private async Task<Dictionary<PackName, List<(WorklistName Worklist, long Version)>>> ListedAsync(CancellationToken cancellationToken)
    {
        var listed = new Dictionary<PackName, List<(WorklistName, long)>>();
        await foreach (var (worklist, version) in snapshots.AllAsync(cancellationToken))
        {
            var name = PackName.Holding(worklist);
            if (!listed.TryGetValue(name, out var lists)) listed[name] = lists = [];
            lists.Add((worklist, version));
        }

        return listed;
    }

    private async Task BuildAsync(ChangedPack pack, CancellationToken cancellationToken)
    {
        using var upload = packs.Begin(pack.Name, pack.Before);
        var generated = clock.GetUtcNow();
        var contents = new PackContents();
        using (var writer = new PackWriter(upload, generated))
        {
            await WriteAsync(writer, pack.Name, pack.Worklists, contents, generated, cancellationToken);
            await writer.EndAsync(cancellationToken);
        }

        if (await upload.CommitAsync(contents.ToString(), generated, cancellationToken)) Log.Built(logger, pack.Name, contents.Referrals);
    }

    private async Task WriteAsync(
        PackWriter pack,
        PackName name,
        IEnumerable<WorklistName> worklists,
        PackContents contents,
        DateTimeOffset generated,
        CancellationToken cancellationToken)
    {
        var summary = new StringBuilder();
        var ubrns = new HashSet<Ubrn>();
        foreach (var worklist in worklists)
        {
            if (await snapshots.ReadAsync(worklist, SnapshotBlobs.Json, known: null, cancellationToken) is not { } stored) continue;
            var list = SnapshotBlobs.FromJson(stored.Content.ToMemory().Span);
            contents.Add(worklist.List, stored.Version);
            ubrns.UnionWith(list.Entries.Select(entry => entry.Ubrn));
            summary.Append(CultureInfo.InvariantCulture, $"  {Code.From(worklist.List)}: {list.Entries.Count}, as at {DisplayText.Format(list.AsOf)}\n");
            await pack.AddAsync($"lists/{Code.From(worklist.List)}.csv", CsvList.ToBytes(list), cancellationToken);
            await pack.AddAsync($"lists/{Code.From(worklist.List)}.html", PrintedList.ToBytes(list, sheetsAt: "../sheets/"), cancellationToken);
        }

        var index = await WriteSheetsAsync(pack, name, ubrns, contents, generated, cancellationToken);
        await pack.AddAsync("attachments.csv", index, cancellationToken);
        await pack.AddAsync("README.txt", Encoding.UTF8.GetBytes(PackReadme.Text(name, generated, summary.ToString())), cancellationToken);
    }

    // Returns the index of attachments as CSV.
    private async Task<byte[]> WriteSheetsAsync(
        PackWriter pack, PackName name, IReadOnlyCollection<Ubrn> ubrns, PackContents contents, DateTimeOffset generated, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        using (var index = new StreamWriter(bytes, CsvList.Encoding, leaveOpen: true))
        {
            CsvList.Write(index, ["ubrn", "ubrnForPeople", "id", "name", "contentType", "size", "sha256", "status", "attachedAt"]);
            foreach (var chunk in ubrns.Order(UbrnOrder).Chunk(ReadAtOnce))
            {
                var read = await Task.WhenAll(chunk.Select(ubrn => sheets.FindAsync(ubrn, ReaderOf(name), cancellationToken)));
                foreach (var (referral, statuses) in read.OfType<SheetContent>())
                {
                    await pack.AddAsync($"sheets/{referral.Ubrn}.html", ReferralSheet.ToBytes(referral, statuses, generated), cancellationToken);
                    contents.Referrals++;
                    foreach (var file in referral.Attachments) WriteLine(index, referral.Ubrn, file, statuses.GetValueOrDefault(file.Id), contents);
                }
            }
        }

        return bytes.ToArray();
    }

    private static void WriteLine(TextWriter index, Ubrn ubrn, LinkedAttachment file, AttachmentStatus status, PackContents contents)
    {
        contents.HasPending |= status == AttachmentStatus.Pending;
        CsvList.Write(
            index,
            [
                ubrn.ToString(), DisplayText.Format(ubrn), file.Id, file.Name, file.ContentType, file.Size.ToString(CultureInfo.InvariantCulture), file.Sha256,
                Code.From(status), CsvList.Instant(file.AttachedAt),
            ]);
    }

    // Sheets are read with the rights of a clinician of the organisation, so that the pack has nothing that its readers may not see.
    private static Actor ReaderOf(PackName name) =>
        new("pack", name.Organisation, name.Side == PackSide.Provider ? Role.ServiceProviderClinician : Role.ReferringClinician);

    private static readonly Comparer<Ubrn> UbrnOrder = Comparer<Ubrn>.Create((one, other) => string.CompareOrdinal(one.ToString(), other.ToString()));

    /// <param name="Before">The pack that it replaces; null when there was none.</param>
    internal sealed record ChangedPack(PackName Name, IReadOnlyList<WorklistName> Worklists, StoredPack? Before);

    private static partial class Log
    {
        [LoggerMessage(1702, LogLevel.Information, "Contingency pack {Pack} was built with {Referrals} referrals")]
        public static partial void Built(ILogger logger, PackName pack, int referrals);

        [LoggerMessage(1703, LogLevel.Warning, "Contingency pack {Pack} could not be built; the previous pack remains, and the next run retries")]
        public static partial void NotBuilt(ILogger logger, PackName pack, Exception failure);

        [LoggerMessage(1704, LogLevel.Warning, "There was no time to build {Left} contingency packs; the previous packs remain, and the next run begins with "
            + "the oldest")]
        public static partial void Left(ILogger logger, int left);
    }
}
