using EReferrals.Referrals;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Lifecycle;

/// <summary>
/// Makes a referral say what is known of its letters. It asks how things are and not what happened, so that it may run at any time and as often as one
/// likes: whether a verdict comes before, during or after the submission is processed, the last run leaves the same.
/// </summary>
public sealed class LetterCheck(AttachmentTable attachments, ChangeReferral change, Settings settings, TimeProvider clock)
{
    /// <summary>False when there is no such referral yet.</summary>
    public async Task<bool> CheckAsync(Ubrn ubrn, string correlationId, CancellationToken cancellationToken)
    {
        return await change.RunForServiceAsync(ubrn, DecideAsync, cancellationToken) is not null;

        async Task<Decision.Changed?> DecideAsync(Referral referral)
        {
            var known = await attachments.FindManyAsync(referral.Attachments.Select(letter => letter.Id), cancellationToken);
            return ReferralRules.CheckLetters(referral, known, settings.ScanWithin, clock.GetUtcNow(), correlationId);
        }
    }
}
