using EReferrals.Referrals;
using EReferrals.Storage;

namespace EReferrals.Lifecycle;

/// <summary>
/// Makes a referral say what is known of its letters. It asks how things are and not what happened, so that it may run at any time and as often as one
/// likes: whether a verdict comes before, during or after the submission is processed, the last run leaves the same.
/// </summary>
public sealed class LetterCheck(ReferralTable referrals, AttachmentTable attachments, ChangeReferral change, Settings settings, TimeProvider clock)
{
    private const int Tries = 10;

    /// <summary>False when there is no such referral yet.</summary>
    public async Task<bool> RunAsync(Ubrn ubrn, string correlationId, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (await referrals.FindAsync(ubrn, cancellation) is not { } read) return false;
            var known = await attachments.FindManyAsync(read.Referral.Attachments.Select(letter => letter.Id), cancellation);
            var found = ReferralRules.CheckLetters(read.Referral, known, settings.ScanWithin, clock.GetUtcNow(), correlationId);
            // Somebody else may be faster, and then it is looked at anew.
            if (found is null || await change.CommitAsync(read, found, correlationId, cancellation)) return true;
        }

        throw new TimeoutException($"Referral {ubrn} was changed by others all the while.");
    }
}
