using EReferrals.Referrals;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Lifecycle;

/// <summary>
/// Updates a referral with the present scan results of its letters. It acts on the present state and not on an event, so it is idempotent and may run
/// at any time: whether a verdict arrives before, during or after the submission is processed, the result is the same.
/// </summary>
public sealed class LetterCheck(AttachmentTable attachments, ChangeReferral change, Settings settings, TimeProvider clock)
{
    /// <summary>Returns false when no referral has this number yet.</summary>
    public async Task<bool> CheckAsync(Ubrn ubrn, string correlationId, CancellationToken cancellationToken)
    {
        return await change.RunForServiceAsync(ubrn, DecideAsync, cancellationToken) is not null;

        async Task<Decision.Changed?> DecideAsync(Referral referral)
        {
            var current = await attachments.FindManyAsync(referral.Attachments.Select(letter => letter.Id), cancellationToken);
            return ReferralRules.CheckLetters(referral, current, settings.ScanWithin, clock.GetUtcNow(), correlationId);
        }
    }
}
