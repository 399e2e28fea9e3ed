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
/// Stores which referrals of a patient are open at a service, and shows each of them on the worklist entries of the others. This is information beside
/// the referrals: it changes no version, and no command fails because of it. The referral is saved first, then stored here, then the worklists
/// of the others are updated; after each write here, the referral is read again. So a check is idempotent and may stop at any point, and of two
/// referrals that arrive at once, the later check finds the other.
/// </summary>
public sealed partial class DuplicateCheck(
    OpenReferralTable open, ReferralTable referrals, ReferralBus bus, TimeProvider clock, ILogger<DuplicateCheck> logger)
{
    private const int Tries = 10;
    private const int ChangesAtOnce = 50;

    // A response waits no longer than this. After that, it leaves the duplicates out and does not claim that there are none.
    private static readonly TimeSpan FindLimit = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Returns the possible duplicates of a referral. Read the referral first: a later change of the duplicates then finds this version or a newer
    /// one, and announces it again.
    /// </summary>
    public async Task<PossibleDuplicates> FindAsync(Referral referral, CancellationToken cancellationToken) =>
        DuplicateRules.PlaceOf(referral) is { } place ? (await open.FindAsync(place, cancellationToken)).Known.Beside(referral) : PossibleDuplicates.None;

    /// <summary>Returns the possible duplicates for this reader; null when the reader may not see them, or when they cannot be read in time.</summary>
    public async Task<IReadOnlyList<Ubrn>?> FindAsync(Referral referral, Actor reader, CancellationToken cancellationToken)
    {
        if (!DuplicateRules.IsToldTo(referral, reader)) return null;
        using var limit = new CancellationTokenSource(FindLimit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return (await FindAsync(referral, either.Token)).Others;
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            return null;
        }
    }

    /// <summary>Stores a referral that has just been created.</summary>
    public Task<KeptReferral> KeepNewAsync(Referral referral, CancellationToken cancellationToken) => KeepAsync(referral, [], isNew: true, cancellationToken);

    /// <summary>Stores a referral at the place where it is open, and removes it from the other given places.</summary>
    public Task<KeptReferral> KeepAsync(Referral referral, IEnumerable<PatientAtService> places, CancellationToken cancellationToken) =>
        KeepAsync(referral, places, isNew: false, cancellationToken);

    /// <summary>Updates the worklist entries of the other referrals after a referral was stored or removed. Idempotent.</summary>
    public async Task TellOthersAsync(KeptReferral kept, string correlationId, CancellationToken cancellationToken)
    {
        var changes = await Task.WhenAll(kept.Places.Where(place => kept.IsNews(place.Key)).SelectMany(place => place.Value.All
            .Where(other => other.Ubrn != kept.Ubrn)
            .Select(other => ChangesOfAsync(other.Ubrn, place.Key, place.Value, cancellationToken))));
        foreach (var batch in changes.SelectMany(ofOne => ofOne).Chunk(ChangesAtOnce)) await bus.AnnounceAsync(batch, correlationId, cancellationToken);
    }

    // The referral is read after the open referrals: a change of it from now on finds them as they are now.
    private async Task<IReadOnlyList<WorklistChange>> ChangesOfAsync(
        Ubrn ubrn, PatientAtService place, OpenReferrals openHere, CancellationToken cancellationToken)
    {
        try
        {
            return await referrals.FindAsync(ubrn, cancellationToken) is { Referral: var other } && DuplicateRules.PlaceOf(other) == place
                ? WorklistRules.Changes([], other, clock.GetUtcNow(), openHere.Beside(other))
                : [];
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested && !Transient.Is(ex, cancellationToken))
        {
            // One unreadable referral must not hold up the others.
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
            // If nothing was written, the rows were read after the referral and agree with it. After a write, the referral may have changed meanwhile.
            var latest = isWritten ? (await referrals.FindAsync(referral.Ubrn, cancellationToken))?.Referral ?? current : current;
            if (DuplicateRules.Touched(current, latest).Count == 0) return new KeptReferral(referral, latest, kept, hasChanged);
            current = latest;
        }

        throw new TimeoutException($"Referral {referral.Ubrn} was changed concurrently at each of {Tries} attempts.");
    }

    private async Task<(OpenReferrals Known, bool IsChanged)> KeepAsync(
        Referral referral, PatientAtService place, bool isNew, CancellationToken cancellationToken)
    {
        // A new referral is usually the patient's only one here, so insert its row without reading; a conflict shows that there was one.
        var stored = isNew ? StoredOpenReferrals.None : await open.FindAsync(place, cancellationToken);
        for (var tries = 1; tries <= Tries; tries++)
        {
            var updated = stored.Known.With(referral, place);
            if (ReferenceEquals(updated, stored.Known)) return (updated, tries > 1);
            if (await open.ReplaceAsync(place, stored, updated, cancellationToken)) return (updated, true);
            if (!isNew || tries > 1) await Task.Delay(RacePause.After(tries), TimeProvider.System, cancellationToken);
            stored = await open.FindAsync(place, cancellationToken);
        }

        throw new TimeoutException($"The open referrals of a patient at a service were changed concurrently at each of {Tries} attempts.");
    }

    private static partial class Log
    {
        [LoggerMessage(1202, LogLevel.Error, "Referral {Ubrn} could not be read, so its worklist entries do not show the patient's other referrals")]
        public static partial void NotTold(ILogger logger, Ubrn ubrn, Exception ex);
    }
}

/// <param name="Referral">The referral that the caller passed.</param>
/// <param name="Latest">The latest version that was read.</param>
/// <param name="Places">The open referrals at each place that was checked.</param>
/// <param name="HasChanged">Whether any of these rows was written.</param>
public sealed record KeptReferral(Referral Referral, Referral Latest, IReadOnlyDictionary<PatientAtService, OpenReferrals> Places, bool HasChanged)
{
    public Ubrn Ubrn => Referral.Ubrn;

    /// <summary>False when the list of open referrals was full, so that this referral is not on it and the others do not show it.</summary>
    internal bool IsNews(PatientAtService place) => place != DuplicateRules.PlaceOf(Latest) || Places[place].All.Any(one => one.Ubrn == Ubrn);

    /// <summary>The possible duplicates of the referral.</summary>
    public PossibleDuplicates Duplicates => DuplicateRules.PlaceOf(Referral) is { } place ? Places[place].Beside(Referral) : PossibleDuplicates.None;
}
