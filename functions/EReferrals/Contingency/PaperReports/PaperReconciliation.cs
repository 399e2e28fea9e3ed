using System.Text.Json.Serialization;
using EReferrals.Http;
using EReferrals.Intake;
using EReferrals.Lifecycle;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Contingency.PaperReports;

/// <summary>
/// Brings what was done on paper into the referrals, by the same commands and rules as if it were done now. A stop in the middle has applied a
/// part; the whole report is sent again, and finds that part known.
/// </summary>
public sealed class PaperReconciliation(ReferralTable referrals, ChangeReferral change, UbrnAllocator numbers)
{
    private const int Tries = 5;

    internal async Task<ReconciledEntry> RecordAsync(PaperEntry entry, Actor actor, string correlationId, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await referrals.FindAsync(entry.Ubrn, cancellationToken) is not { Referral: var read }) return await MissingAsync(entry, cancellationToken);
            // A number that stands for another is found under that one.
            var outcome = await change.ApplyAsync(read.Ubrn, read.Version, entry.Command, actor, correlationId, entry.Key, entry.Paper, cancellationToken);
            if (outcome is ChangeOutcome.Stale && attempt < Tries) continue;
            return Answer(entry, read, outcome);
        }
    }

    private static ReconciledEntry Answer(PaperEntry entry, Referral read, ChangeOutcome outcome) => outcome switch
    {
        ChangeOutcome.Changed changed => ReconciledEntry.From(entry, ReconcileOutcome.Applied, changed.Referral),
        ChangeOutcome.Repeated => ReconciledEntry.From(entry, ReconcileOutcome.AlreadyKnown, read),
        // No relationship: nothing of the referral is told.
        ChangeOutcome.Refused { Refusal.Code: "NO_RELATIONSHIP" or "FORBIDDEN" } refused => ReconciledEntry.Conflict(entry, null, refused.Refusals),
        ChangeOutcome.Refused { Refusal.Code: "INVALID_REQUEST_STATE" } when entry.IsAlreadySo(read) =>
            ReconciledEntry.From(entry, ReconcileOutcome.AlreadyKnown, read),
        ChangeOutcome.Refused refused => ReconciledEntry.Conflict(entry, read, refused.Refusals),
        ChangeOutcome.KeyUsedOtherwise => ReconciledEntry.Conflict(entry, read, [ReportedOtherwise]),
        _ => ReconciledEntry.Conflict(entry, read, [Busy]),
    };

    private async Task<ReconciledEntry> MissingAsync(PaperEntry entry, CancellationToken cancellationToken) =>
        ReconciledEntry.Conflict(entry, null, [await numbers.MayBeTakenAsync(entry.Ubrn, GetReferralFunction.QueuedFor, cancellationToken) ? StillQueued : Unknown]);

    private static Refusal Unknown { get; } = new(
        "ReferralMustBeKnown", "REFERENCE_NOT_FOUND", "There is no referral with this number. Compare it with the paper; a referral that came by fax alone has none.", "/ubrn");

    private static Refusal StillQueued { get; } = new(
        "ReferralMustBeProcessed", "REFERENCE_NOT_FOUND", "The referral may be accepted and is not processed yet. Report this one again in a few minutes.", "/ubrn");

    private static Refusal ReportedOtherwise { get; } = new(
        "ReportMustAgree", "CONFLICTING_VALUES", "The same act by the same person at the same moment was reported before with other details. Compare both with the paper.");

    private static Refusal Busy { get; } = new(
        "ReferralMustRest", "CONFLICTING_VALUES", "Others changed the referral all the while. Report this one again.");
}

[JsonConverter(typeof(CodeConverter<ReconcileOutcome>))]
internal enum ReconcileOutcome
{
    Applied,
    AlreadyKnown,
    Conflict,
}

/// <param name="Version">Of the referral as it is now; null, like the state, when the caller may not see it or there is none.</param>
/// <param name="Errors">Why it conflicts.</param>
internal sealed record ReconciledEntry(
    Ubrn Ubrn, PaperAction Action, OnPaper Paper, ReconcileOutcome Outcome, int? Version, ReferralState? State, IReadOnlyList<FieldError>? Errors)
{
    /// <summary>The first refusal said that the caller may not do or see this.</summary>
    [JsonIgnore]
    public string? Forbidden { get; private init; }

    public static ReconciledEntry From(PaperEntry entry, ReconcileOutcome outcome, Referral now) =>
        new(entry.Ubrn, entry.Action, entry.Paper, outcome, now.Version, now.State, Errors: null);

    public static ReconciledEntry Conflict(PaperEntry entry, Referral? now, IReadOnlyList<Refusal> refusals) => new(
        entry.Ubrn,
        entry.Action,
        entry.Paper,
        ReconcileOutcome.Conflict,
        now?.Version,
        now?.State,
        [.. refusals.Select(refusal => new FieldError(refusal.Pointer, refusal.Code, $"{refusal.Message} ({refusal.Rule})"))])
    {
        Forbidden = refusals[0].Code is "NO_RELATIONSHIP" or "FORBIDDEN" ? refusals[0].Code : null,
    };
}
