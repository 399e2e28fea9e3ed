using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>The worklists of e-RS, and APPOINTMENTS_FOR_BOOKING, which e-RS has in its web application only.</summary>
[JsonConverter(typeof(CodeConverter<Worklist>))]
public enum Worklist
{
    ReferralsForReview,
    AppointmentSlotIssues,
    AppointmentsForBooking,
    AwaitingBooking,
    LettersOutstanding,
    RejectedTriageResponse,
    AssessmentReturnedCancelledDna,
}

/// <summary>One organisation's worklist. Its text, <c>R69:REFERRALS_FOR_REVIEW</c>, is its partition key.</summary>
public readonly record struct WorklistName(string Organisation, Worklist List)
{
    public override string ToString() => $"{Organisation}:{Code.From(List)}";

    public static WorklistName Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && Code.TryParse<Worklist>(text[(colon + 1)..], out var list)
            ? new WorklistName(text[..colon], list)
            : throw new FormatException("A worklist is named ORGANISATION:LIST.");
    }
}
