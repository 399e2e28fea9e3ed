using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>The worklists of e-RS, and APPOINTMENTS_FOR_BOOKING, which e-RS shows only in its web application.</summary>
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
