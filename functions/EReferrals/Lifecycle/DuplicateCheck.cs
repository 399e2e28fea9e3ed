using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Lifecycle;

/// <summary>
/// Keeps which referrals of a patient are open at a service, and tells the lists of each of the others. It is knowledge beside the referrals: no version
/// changes, and nobody's command fails because of it. A referral is saved first, then kept here, then its lists are told; and whoever wrote what is kept
/// reads the referral again. So it may stop anywhere and run at any time and as often as one likes, and of two that come at once the later finds the other.
/// </summary>
public sealed partial class DuplicateCheck(OpenReferralTable open, ReferralTable referrals, ReferralBus bus, TimeProvider clock, ILogger<DuplicateCheck> logger)
{
    private const int Tries = 10;
    private const int ChangesAtOnce = 50;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    // An answer waits for it no longer, and says nothing of it rather than that there are none.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>What is known beside a referral. The referral is read first: whoever changes what is known after that finds this version, or a later one, and announces it anew.</summary>
    public async Task<PossibleDuplicates> FindAsync(Referral referral, CancellationToken cancellationToken) =>
        DuplicateRules.PlaceOf(referral) is { } place ? (await open.FindAsync(place, cancellationToken)).Known.Beside(referral) : PossibleDuplicates.None;

    /// <summary>For this reader; null when it is not the reader's to know, or is not known in time.</summary>
    public async Task<IReadOnlyList<Ubrn>?> FindAsync(Referral referral, Actor reader, CancellationToken cancellationToken)
    {
        if (!DuplicateRules.IsToldTo(referral, reader)) return null;
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return (await FindAsync(referral, either.Token)).Others;
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            return null;
        }
    }

    /// <summary>Keeps a referral that was saved just now.</summary>
    public Task<KeptReferral> KeepNewAsync(Referral referral, CancellationToken cancellationToken) => KeepAsync(referral, [], isNew: true, cancellationToken);

    /// <summary>Keeps a referral where it is open, and nowhere else of these places.</summary>
    public Task<KeptReferral> KeepAsync(Referral referral, IEnumerable<PatientAtService> places, CancellationToken cancellationToken) =>
        KeepAsync(referral, places, isNew: false, cancellationToken);

    /// <summary>Tells the lists of all others that a referral was kept, or is kept no more. What they know already changes nothing.</summary>
    public async Task TellOthersAsync(KeptReferral kept, string correlationId, CancellationToken cancellationToken)
    {
        var told = await Task.WhenAll(kept.Places.Where(place => kept.IsNews(place.Key)).SelectMany(place => place.Value.All
            .Where(other => other.Ubrn != kept.Ubrn)
            .Select(other => ChangesOfAsync(other.Ubrn, place.Key, place.Value, cancellationToken))));
        foreach (var some in told.SelectMany(changes => changes).Chunk(ChangesAtOnce)) await bus.AnnounceAsync(some, correlationId, cancellationToken);
    }

    // Read after what is kept: whoever changes it meanwhile will find what is kept now.
    private async Task<IReadOnlyList<WorklistChange>> ChangesOfAsync(Ubrn ubrn, PatientAtService place, OpenReferrals known, CancellationToken cancellationToken)
    {
        try
        {
            return await referrals.FindAsync(ubrn, cancellationToken) is { Referral: var other } && DuplicateRules.PlaceOf(other) == place
                ? WorklistRules.Changes([], other, clock.GetUtcNow(), known.Beside(other))
                : [];
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested && !Transient.Is(ex, cancellationToken))
        {
            // Nobody's referral waits because another's cannot be read.
            Log.NotTold(logger, ubrn, ex);
            return [];
        }
    }

    private async Task<KeptReferral> KeepAsync(Referral referral, IEnumerable<PatientAtService> places, bool isNew, CancellationToken cancellationToken)
    {
        var current = referral;
        var touched = places.ToHashSet();
        var kept = new Dictionary<PatientAtService, OpenReferrals>();
        for (var (tries, hasChanged) = (1, false); tries <= Tries; tries++)
        {
            if (DuplicateRules.PlaceOf(current) is { } present) touched.Add(present);
            var isWritten = false;
            foreach (var place in touched)
            {
                (kept[place], var isChanged) = await KeepAsync(current, place, isNew && tries == 1, cancellationToken);
                isWritten |= isChanged;
            }

            hasChanged |= isWritten;
            // What was only found was found after the referral was read. What was written may have been overtaken by a change of the referral.
            var latest = isWritten ? (await referrals.FindAsync(referral.Ubrn, cancellationToken))?.Referral ?? current : current;
            if (DuplicateRules.Touched(current, latest).Count == 0) return new KeptReferral(referral, latest, kept, hasChanged);
            current = latest;
        }

        throw new TimeoutException($"Referral {referral.Ubrn} was changed by others all the while.");
    }

    private async Task<(OpenReferrals Known, bool IsChanged)> KeepAsync(
        Referral referral, PatientAtService place, bool isNew, CancellationToken cancellationToken)
    {
        // As a rule a new referral is its patient's only one there: its row is added without asking, and the conflict tells when it was not.
        var stored = isNew ? StoredOpenReferrals.None : await open.FindAsync(place, cancellationToken);
        for (var tries = 1; tries <= Tries; tries++)
        {
            var right = stored.Known.With(referral, place);
            if (ReferenceEquals(right, stored.Known)) return (right, tries > 1);
            if (await open.ReplaceAsync(place, stored, right, cancellationToken)) return (right, true);
            if (!isNew || tries > 1) await Task.Delay(PauseAfter(tries), TimeProvider.System, cancellationToken);
            stored = await open.FindAsync(place, cancellationToken);
        }

        throw new TimeoutException("What is open at a service was changed by others all the while.");
    }

    // Anything up to it, so that those who lost together do not come back together.
    private static TimeSpan PauseAfter(int tries) =>
        TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, FirstPause.TotalMilliseconds * Math.Pow(2, tries - 1)) * Random.Shared.NextDouble());

    private static partial class Log
    {
        [LoggerMessage(5004, LogLevel.Error, "Referral {Ubrn} could not be read, so that its lists do not say which others of its patient there are")]
        public static partial void NotTold(ILogger logger, Ubrn ubrn, Exception bad);
    }
}

/// <param name="Referral">As it was given.</param>
/// <param name="Latest">As it was by the end.</param>
/// <param name="Places">What is open by now at each place that was looked at.</param>
/// <param name="HasChanged">Something of that was written.</param>
public sealed record KeptReferral(Referral Referral, Referral Latest, IReadOnlyDictionary<PatientAtService, OpenReferrals> Places, bool HasChanged)
{
    public Ubrn Ubrn => Referral.Ubrn;

    /// <summary>Where it is open and there was no room for it, it is no news for others.</summary>
    internal bool IsNews(PatientAtService place) => place != DuplicateRules.PlaceOf(Latest) || Places[place].All.Any(one => one.Ubrn == Ubrn);

    /// <summary>What is known beside it.</summary>
    public PossibleDuplicates Duplicates => DuplicateRules.PlaceOf(Referral) is { } place ? Places[place].Beside(Referral) : PossibleDuplicates.None;
}
