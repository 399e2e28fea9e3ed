using System.Text.Json.Serialization;
using EReferrals.Http;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;

namespace EReferrals.Contingency.PaperReports;

/// <summary>What became of one entry of a paper report.</summary>
/// <param name="Version">The current version of the referral. Like the state, null when there is no referral or the caller may not see it.</param>
/// <param name="Errors">Why the entry is in conflict; null when it is not.</param>
internal sealed record PaperResult(
    Ubrn Ubrn, PaperAction Action, OnPaper Paper, PaperOutcome Outcome, int? Version, ReferralState? State, IReadOnlyList<FieldError>? Errors)
{
    /// <summary>The code of the refusal when the caller may not do this or see the referral; otherwise null.</summary>
    [JsonIgnore]
    public string? Forbidden { get; private init; }

    public static PaperResult From(PaperEntry entry, PaperOutcome outcome, Referral now) =>
        new(entry.Ubrn, entry.Action, entry.Paper, outcome, now.Version, now.State, Errors: null);

    public static PaperResult Conflict(PaperEntry entry, Referral? now, IReadOnlyList<Refusal> refusals) => new(
        entry.Ubrn,
        entry.Action,
        entry.Paper,
        PaperOutcome.Conflict,
        now?.Version,
        now?.State,
        [.. refusals.Select(refusal => new FieldError(refusal.Pointer, refusal.Code, $"{refusal.Message} ({refusal.Rule})"))])
    {
        Forbidden = refusals[0].Code is "NO_RELATIONSHIP" or "FORBIDDEN" ? refusals[0].Code : null,
    };
}

[JsonConverter(typeof(CodeConverter<PaperOutcome>))]
internal enum PaperOutcome
{
    Applied,
    AlreadyKnown,
    Conflict,
}
