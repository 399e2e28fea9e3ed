using EReferrals.Referrals.Retention;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Retention;
using Microsoft.Extensions.Logging;

namespace EReferrals.Retention.Sweeping;

/// <summary>
/// Walks over everything that is stored, about once a day, and deletes what is due, or only counts it in a dry run. One run at a time works, for two minutes,
/// in small steps; it saves its place after each, so that the next run goes on there. A step that stopped half-way is repeated. It always finishes the
/// erasures that operators ordered, also when the sweeper is off.
/// </summary>
public sealed partial class Sweeper
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(2);

    // Longer than any run: the platform kills a run after five minutes.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan BetweenPasses = TimeSpan.FromHours(23);

    private readonly ISweep[] _parts;
    private readonly SharedDocument<SweepProgress> _document;
    private readonly QuarantinedLetters _letters;
    private readonly GoneReferrals _gone;
    private readonly Settings _settings;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    public Sweeper(
        IEnumerable<ISweep> parts,
        SharedDocuments documents,
        QuarantinedLetters letters,
        GoneReferrals gone,
        Settings settings,
        TimeProvider clock,
        ILogger<Sweeper> logger)
    {
        _parts = [.. parts.OrderBy(part => part.Part)];
        _document = documents.Open("retention.json", RetentionJson.Default.SweepProgress, SweepProgress.None);
        (_letters, _gone, _settings, _clock, _logger) = (letters, gone, settings, clock, logger);
    }

    public Task<SweepProgress> ProgressAsync(CancellationToken cancellationToken) => _document.ReadAsync(cancellationToken);

    /// <summary>
    /// Finishes erasures. Unless the sweeper is off, works on the present pass for at most two minutes, or begins one when the last is a day old.
    /// </summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_settings.Sweep == SweepMode.Off) await FinishErasuresAsync(await ContextAsync(pass: null, cancellationToken), cancellationToken);
            else await RunAsync($"{Guid.NewGuid():N}", cancellationToken);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            // Nothing is lost: the next run repeats the step.
            Log.Interrupted(_logger, ex);
        }
    }

    private async Task RunAsync(string worker, CancellationToken cancellationToken)
    {
        var begun = _clock.GetTimestamp();
        var progress = await _document.ChangeAsync(before => Taken(before, worker), cancellationToken);
        if (progress.Worker != worker) return;
        var context = await ContextAsync(progress.Pass!, cancellationToken);
        // In every run, wherever the pass is.
        await FinishErasuresAsync(context, cancellationToken);
        while (progress.Worker == worker && progress.Pass is { Part: { } part } pass && _clock.GetElapsedTime(begun) < LongestRun)
        {
            var step = await _parts.Single(one => one.Part == part).StepAsync(pass.Place, context, cancellationToken);
            progress = await SaveAsync(worker, Next(pass, part, step), cancellationToken);
        }

        await _document.ChangeAsync(before => before.Worker == worker ? before with { Worker = null } : before, cancellationToken);
    }

    // Two runs at once do no harm.
    private async Task FinishErasuresAsync(SweepContext context, CancellationToken cancellationToken) =>
        await _parts[0].StepAsync(null, context, cancellationToken);

    private async Task<SweepProgress> SaveAsync(string worker, SweepPass next, CancellationToken cancellationToken)
    {
        if (next.Finished is not null) Log.Finished(_logger, next.Number, next.Mode, next.Kinds.Sum(kind => kind.Due), next.Kinds.Sum(kind => kind.Deleted));
        else if (next.Place is null) Log.Reached(_logger, next.Number, next.Part!.Value);
        return await _document.ChangeAsync(
            before => before.Worker != worker ? before : before with
            {
                Until = _clock.GetUtcNow() + Lease,
                Pass = next,
                Last = next.Finished is null ? before.Last : next,
            },
            cancellationToken);
    }

    private SweepPass Next(SweepPass pass, SweepPart part, SweepStep step)
    {
        var following = step.Next is not null ? part : _parts.Select(one => (SweepPart?)one.Part).FirstOrDefault(next => next > part);
        return pass.With(following, step.Next, step.Found, following is null ? _clock.GetUtcNow() : null);
    }

    private SweepProgress Taken(SweepProgress before, string worker)
    {
        var now = _clock.GetUtcNow();
        if (before.Worker is not null && before.Until > now) return before;
        var pass = before.Pass;
        // A change of the mode begins again, so that no count mixes the two.
        var isOver = pass is null || pass.Mode != _settings.Sweep || (pass.Finished is not null && now - pass.Started >= BetweenPasses);
        if (isOver) pass = new SweepPass((pass?.Number ?? 0) + 1, _settings.Sweep, now, null, _parts[0].Part, null, []);
        return before with { Worker = worker, Until = now + Lease, Pass = pass };
    }

    private async Task<SweepContext> ContextAsync(SweepPass? pass, CancellationToken cancellationToken)
    {
        var erased = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var (ubrn, _) in _gone.NotedAsync(cancellationToken)) erased.Add(ubrn.ToString());
        return new SweepContext(
            pass?.Mode == SweepMode.On, _clock.GetUtcNow(), await _letters.AllAsync(cancellationToken), erased, $"sweep-{pass?.Number ?? 0}");
    }

    private static partial class Log
    {
        [LoggerMessage(3303, LogLevel.Warning, "The sweeper was interrupted; the next run repeats its step")]
        public static partial void Interrupted(ILogger logger, Exception ex);

        [LoggerMessage(3304, LogLevel.Information, "Pass {Pass} of the sweeper reached {Part}")]
        public static partial void Reached(ILogger logger, int pass, SweepPart part);

        [LoggerMessage(3305, LogLevel.Information, "Pass {Pass} of the sweeper ({Mode}) is finished: {Due} were due, {Deleted} deleted")]
        public static partial void Finished(ILogger logger, int pass, SweepMode mode, long due, long deleted);
    }
}
