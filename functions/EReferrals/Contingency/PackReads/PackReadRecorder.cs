using System.Globalization;
using Azure;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Audit.Search;
using EReferrals.Contingency.Packs;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using EReferrals.Telemetry;
using Microsoft.Extensions.Logging;

namespace EReferrals.Contingency.PackReads;

/// <summary>
/// Brings the reads of packs by links, which only the storage account sees, from its log into the audit trail. The place in the log is saved after the entries
/// are durable: a run that stops before it writes them again, with the same request ids (decision 0007). Two concurrent runs do no more harm.
/// </summary>
public sealed partial class PackReadRecorder
{
    /// <summary>The name of this part of its timer in alerts and logs.</summary>
    public const string Part = "RecordPackReads";

    /// <summary>
    /// Rows that were stored at about one time become visible one after another, not in order. What is younger is left to a later run, so that no row
    /// appears behind the place.
    /// </summary>
    internal static readonly TimeSpan Settling = TimeSpan.FromMinutes(15);

    // What the log had before the first run. A workspace keeps at least as much.
    private static readonly TimeSpan Past = TimeSpan.FromDays(30);

    private static readonly TimeSpan LongestSilence = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(2);

    private const int PacksAtOnce = 4;

    private readonly ReadLog _log;
    private readonly PackBlobs _packs;
    private readonly AuditTrail _trail;
    private readonly ListAudit _audit;
    private readonly LinkSearch _links;
    private readonly SharedDocument<PackReadProgress> _document;
    private readonly ServiceTelemetry _telemetry;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private DateTimeOffset _asked = DateTimeOffset.MaxValue;
    private int _saidNotSetUp;

    public PackReadRecorder(
        ReadLog log,
        PackBlobs packs,
        AuditTrail trail,
        ListAudit audit,
        LinkSearch links,
        SharedDocuments documents,
        ServiceTelemetry telemetry,
        TimeProvider clock,
        ILogger<PackReadRecorder> logger)
    {
        (_log, _packs, _trail, _audit, _links, _telemetry, _clock, _logger) = (log, packs, trail, audit, links, telemetry, clock, logger);
        _document = documents.Open("pack-reads.json", PackReadsJson.Default.PackReadProgress, PackReadProgress.None);
    }

    /// <summary>Records what the log has since the last run, for at most two minutes. The next run goes on.</summary>
    public async Task RecordAsync(CancellationToken cancellationToken)
    {
        if (!_log.IsSetUp)
        {
            if (Interlocked.Exchange(ref _saidNotSetUp, 1) == 0) Log.NotSetUp(_logger);
            return;
        }

        try
        {
            await RunAsync(cancellationToken);
        }
        catch (Exception ex) when (ex is AuditUnavailableException || Transient.Is(ex, cancellationToken))
        {
            if (!IsReportedAsSilent(ex)) Log.Interrupted(_logger, ex);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var (begun, now) = (_clock.GetTimestamp(), _clock.GetUtcNow());
        var progress = await _document.ChangeAsync(
            before => before.Place is null ? before.At(new ReadLogPlace(now - Past, Guid.Empty), now) : before, cancellationToken);
        _asked = progress.Asked;
        for (var goesOn = true; goesOn && _clock.GetElapsedTime(begun) < LongestRun;)
        {
            if (await AskAsync(progress, now - Settling, cancellationToken) is not { } page) return;
            await WriteAsync(page, cancellationToken);
            // Only now: before, a stop would lose the entries.
            progress = await _document.ChangeAsync(before => before.At(page.Last, now), cancellationToken);
            goesOn = page.Rows == ReadLog.MostRows;
        }
    }

    // Null when the workspace did not answer.
    private async Task<ReadLogPage?> AskAsync(PackReadProgress progress, DateTimeOffset until, CancellationToken cancellationToken)
    {
        try
        {
            return await _log.AskAsync(progress.Place!, until, cancellationToken);
        }
        // Whatever the answer was, what was not read stays in the log, and the next run asks again.
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            if (!IsReportedAsSilent(ex)) Log.NotAsked(_logger, ex);
            return null;
        }
    }

    // Retries can cure a failure, but not one that lasts an hour.
    private bool IsReportedAsSilent(Exception ex)
    {
        if (_clock.GetUtcNow() - _asked < LongestSilence) return false;
        Log.Silent(_logger, _asked, ex);
        _telemetry.WorkFailed(Part);
        return true;
    }

    private async Task WriteAsync(ReadLogPage page, CancellationToken cancellationToken)
    {
        if (page.Unreadable > 0) Log.Unreadable(_logger, page.Unreadable, page.Last!.Ingested);
        await Parallel.ForEachAsync(
            page.Reads.GroupBy(read => read.Link, StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = PacksAtOnce, CancellationToken = cancellationToken },
            async (reads, token) => await WriteAsync([.. reads], token));
        if (page.Reads.Count > 0) Log.Recorded(_logger, page.Reads.Count, page.Last!.Ingested);
    }

    // The reads of one generation, so that its contents are read once.
    private async Task WriteAsync(IReadOnlyList<LoggedRead> reads, CancellationToken cancellationToken)
    {
        var parts = await ShownAsync(reads[0], cancellationToken);
        // A download in parts has many reads, and an entry can name thousands of referrals.
        foreach (var together in reads.GroupBy(read => (read.Source, read.At.UtcDateTime.Date, read.At.UtcDateTime.Hour)))
        {
            var entry = EntryOf([.. together]);
            foreach (var shown in parts) await _trail.WriteLateAsync(entry with { Shown = shown }, cancellationToken);
        }
    }

    // What the entries of these reads say of the referrals in the pack, one for each entry: null in the only one when that cannot be known.
    private async Task<IReadOnlyList<ShownReferrals?>> ShownAsync(LoggedRead read, CancellationToken cancellationToken)
    {
        if (read is not { Pack: { } name, Snapshot: { } snapshot }) return [null];
        try
        {
            await using var pack = await _packs.OpenAsync(name, snapshot, cancellationToken);
            return _audit.PartsOf(await PackReferrals.ReadAsync(pack, cancellationToken));
        }
        catch (RequestFailedException ex) when (ex is { Status: 404, ErrorCode: not "ContainerNotFound" })
        {
            // An operator, an erasure or its age ended its links before this read was recorded.
            var made = DateTimeOffset.Parse(snapshot, CultureInfo.InvariantCulture);
            if (await _links.FindAsync(read.Link, snapshot, made, cancellationToken) is { } shown) return shown;
            Log.NotShown(_logger, read.Link);
            return [null];
        }
    }

    private static AuditEntry EntryOf(IReadOnlyList<LoggedRead> reads)
    {
        var first = reads.MinBy(read => read.At)!;
        return new AuditEntry
        {
            What = AuditedAction.PackLinkRead,
            Link = first.Link,
            ReadAt = first.At,
            Range = reads.Count == 1 ? null : $"{reads.Count} reads until {InstantConverter.TextOf(reads.Max(read => read.At))}",
            Source = first.Source,
            Function = "SweepAndPackFunction",
            CorrelationId = $"{first.Place.Reference:D}",
            RequestId = $"{first.Place.Reference:D}",
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1705, LogLevel.Information,
            "Reads of packs by links are not recorded: the setting Contingency__ReadLogWorkspace names no workspace with the log of the storage account")]
        public static partial void NotSetUp(ILogger logger);

        [LoggerMessage(1706, LogLevel.Information, "Recorded {Reads} reads of packs by links, which were logged until {Ingested}")]
        public static partial void Recorded(ILogger logger, int reads, DateTimeOffset ingested);

        [LoggerMessage(1707, LogLevel.Warning, "The log of reads of packs could not be asked; the next run retries")]
        public static partial void NotAsked(ILogger logger, Exception ex);

        [LoggerMessage(1708, LogLevel.Error,
            "Reads of packs by links since {Asked} are missing in the audit trail. Read the exception. If the workspace refuses the query, give the app's "
            + "identity the role Log Analytics Data Reader on it. Nothing is lost while the workspace keeps the log")]
        public static partial void Silent(ILogger logger, DateTimeOffset asked, Exception ex);

        [LoggerMessage(1709, LogLevel.Error,
            "{Rows} rows of the log of reads, logged until {Ingested}, cannot be read and are not in the audit trail. Look at them in the workspace")]
        public static partial void Unreadable(ILogger logger, int rows, DateTimeOffset ingested);

        [LoggerMessage(1710, LogLevel.Warning, "The recording of reads of packs was interrupted; the next run repeats what it was at")]
        public static partial void Interrupted(ILogger logger, Exception ex);

        [LoggerMessage(1711, LogLevel.Error,
            "The generation {Link} of a pack was read by a link and is gone, and no issue of a link to it was found in the audit trail. The entry of the read "
            + "does not say which referrals it had")]
        public static partial void NotShown(ILogger logger, string link);
    }
}
