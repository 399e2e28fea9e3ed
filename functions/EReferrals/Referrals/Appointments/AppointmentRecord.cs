using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Appointments;

/// <summary>
/// The appointment of a referral as its own record, with an identity and a version: proposed while the provider must arrange it, then booked or cancelled.
/// A referral that is sent or booked again gets the next number.
/// </summary>
/// <param name="Number">1 for the first appointment of a referral.</param>
/// <param name="Version">0 for a booking, 1 for a proposal; each change adds 1.</param>
/// <param name="Reason">The code that explains the status; null when there is none.</param>
/// <param name="Clinician">
/// The booked clinician, also after the appointment was cancelled. While the provider must arrange it: the clinician whom the referrer asked for.
/// </param>
public sealed record AppointmentRecord(
    int Number, int Version, AppointmentStatus Status, DateTimeOffset Created, string? Reason = null, string? Comments = null, string? Clinician = null)
{
    /// <summary>The cancellation of the referral ended the appointment.</summary>
    public bool EndedWithReferral { get; init; }
}

[JsonConverter(typeof(CodeConverter<AppointmentStatus>))]
public enum AppointmentStatus
{
    /// <summary>The referrer chose services again. The record only keeps the number.</summary>
    Dropped,
    Proposed,
    Booked,
    Cancelled,
}
