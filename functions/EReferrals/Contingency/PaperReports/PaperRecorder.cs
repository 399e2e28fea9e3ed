using EReferrals.Intake;
using EReferrals.Lifecycle;
using EReferrals.Lifecycle.Reading;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Storage.Tables;

namespace EReferrals.Contingency.PaperReports;

/// <summary>
/// Applies what was done on paper to the referrals, by the same commands and rules as if it were done now. Idempotent: after a stop in the middle, the
/// hospital sends the whole report again, and the entries that were applied are already known.
/// </summary>
public sealed class PaperRecorder(ReferralTable referrals, ReferralAccess access, ChangeReferral change, UbrnAllocator numbers)
{
    private const int Tries = 5;

    internal async Task<PaperResult> RecordAsync(PaperEntry entry, Actor actor, string correlationId, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await referrals.FindAsync(entry.Ubrn, cancellationToken) is not { Referral: var read }) return await MissingAsync(entry, cancellationToken);
            // The UBRN of a repeated submission is an alias. The referral has the UBRN of the first one.
            var outcome = await change.ApplyAsync(read.Ubrn, read.Version, entry.Command, actor, correlationId, entry.Key, entry.Paper, cancellationToken);
            if (outcome is ChangeOutcome.Stale && attempt < Tries) continue;
            // A former provider that reports something again, the same or otherwise, learns nothing about what came later.
            var known = outcome is ChangeOutcome.Repeated or ChangeOutcome.KeyUsedOtherwise ? await access.ViewAsync(read, actor, cancellationToken) : read;
            return ResultOf(entry, known, outcome);
        }
    }

    private static PaperResult ResultOf(PaperEntry entry, Referral? read, ChangeOutcome outcome) => outcome switch
    {
        ChangeOutcome.Changed changed => PaperResult.From(entry, PaperOutcome.Applied, changed.Referral),
        ChangeOutcome.Repeated repeated => PaperResult.From(entry, PaperOutcome.AlreadyKnown, read ?? repeated.Referral),
        // Without a relationship to the referral, the caller learns nothing about it.
        ChangeOutcome.Refused { Refusal.Code: "NO_RELATIONSHIP" or "FORBIDDEN" } refused => PaperResult.Conflict(entry, null, refused.Refusals),
        ChangeOutcome.Refused { Refusal.Code: "INVALID_REQUEST_STATE" } when read is not null && entry.IsAlreadySo(read) =>
            PaperResult.From(entry, PaperOutcome.AlreadyKnown, read),
        ChangeOutcome.Refused refused => PaperResult.Conflict(entry, read, refused.Refusals),
        ChangeOutcome.KeyUsedOtherwise => PaperResult.Conflict(entry, read, [ReportedOtherwise]),
        _ => PaperResult.Conflict(entry, read, [Busy]),
    };

    private async Task<PaperResult> MissingAsync(PaperEntry entry, CancellationToken cancellationToken)
    {
        var mayBeQueued = await numbers.MayBeTakenAsync(entry.Ubrn, GetReferralFunction.QueuedFor, cancellationToken);
        return PaperResult.Conflict(entry, null, [mayBeQueued ? StillQueued : Unknown]);
    }

    private static Refusal Unknown { get; } = new(
        "ReferralMustBeKnown",
        "REFERENCE_NOT_FOUND",
        "There is no referral with this UBRN. Compare it with the paper. A referral that was sent by fax only has no UBRN.",
        "/ubrn");

    private static Refusal StillQueued { get; } = new(
        "ReferralMustBeProcessed",
        "REFERENCE_NOT_FOUND",
        "The referral may be accepted but not yet processed. Report this entry again in a few minutes.",
        "/ubrn");

    private static Refusal ReportedOtherwise { get; } = new(
        "ReportMustAgree",
        "CONFLICTING_VALUES",
        "The same action by the same person at the same time was reported before with different details. Compare both reports with the paper.");

    private static Refusal Busy { get; } = new(
        "ReferralMustRest", "CONFLICTING_VALUES", "Other users changed the referral at the same time. Report this entry again.");
}
