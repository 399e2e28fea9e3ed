using EReferrals.Referrals;
using EReferrals.Storage;

namespace EReferrals.Lifecycle;

/// <summary>
/// Makes the referrals of one patient to one service name each other. Whoever comes is saved first, then noted, then looks: of two that come at once the
/// later to look finds the other saved. It asks how things are and not what happened, so that it may run at any time and as often as one likes; and it
/// looks again after each change, for what it named may have ended meanwhile.
/// </summary>
public sealed class DuplicateCheck(ReferralTable referrals, DuplicateIndex index, ChangeReferral change, TimeProvider clock)
{
    private const int Tries = 10;

    /// <param name="referral">As it is saved.</param>
    /// <param name="places">Where it was or is to be found; what it is to be found under by now is added.</param>
    public async Task RunAsync(Referral referral, IReadOnlyList<PatientAtService> places, string correlationId, CancellationToken cancellationToken)
    {
        var present = DuplicateRules.PlaceOf(referral);
        if (present is not null) await index.NoteAsync(present, referral.Ubrn, cancellationToken);
        PatientAtService[] all = present is null ? [.. places] : [.. places.Append(present).Distinct()];
        foreach (var place in all) await RunAsync(referral, place, correlationId, cancellationToken);
    }

    private async Task RunAsync(Referral referral, PatientAtService place, string correlationId, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (!await ChangesAsync(referral, place, correlationId, cancellationToken)) return;
        }

        throw new TimeoutException($"Referral {referral.Ubrn} and others like it were changed by others all the while.");
    }

    // False when everything was as it should be.
    private async Task<bool> ChangesAsync(Referral referral, PatientAtService place, string correlationId, CancellationToken cancellationToken)
    {
        // More than can be named are not looked at; the referral itself always is.
        var found = await index.FindAsync(place, DuplicateRules.Most + 1, cancellationToken);
        if (found.All(one => one.Ubrn == referral.Ubrn) && DuplicateRules.PlaceOf(referral) == place && referral.Duplicates.Count == 0) return false;
        var read = await ReadAsync(found.Select(one => one.Ubrn).Append(referral.Ubrn).Distinct(), cancellationToken);
        // Read after the rows: one that is written meanwhile has another tag and stays.
        foreach (var one in found.Where(one => !read.TryGetValue(one.Ubrn, out var stored) || DuplicateRules.PlaceOf(stored.Referral) != place))
        {
            await index.RemoveAsync(place, one, cancellationToken);
        }

        var here = read.Values.Where(stored => DuplicateRules.PlaceOf(stored.Referral) == place).ToArray();
        var hasChanged = false;
        foreach (var stored in here)
        {
            var decision = ReferralRules.CheckDuplicates(stored.Referral, here.Select(one => one.Referral), clock.GetUtcNow(), correlationId);
            if (decision is null) continue;
            hasChanged = true;
            // Somebody else may be faster, and then it is looked at anew.
            await change.CommitAsync(stored, decision, correlationId, cancellationToken);
        }

        return hasChanged;
    }

    private async Task<IReadOnlyDictionary<Ubrn, StoredReferral>> ReadAsync(IEnumerable<Ubrn> ubrns, CancellationToken cancellationToken)
    {
        var read = await Task.WhenAll(ubrns.Select(ubrn => referrals.FindAsync(ubrn, cancellationToken)));
        return read.OfType<StoredReferral>().ToDictionary(stored => stored.Referral.Ubrn);
    }
}
