namespace EReferrals.Referrals.Lists;

/// <summary>The situations in which somebody must act; the names of their settings.</summary>
public enum Waiting
{
    /// <summary>A provider has something that it has not seen.</summary>
    Review,

    /// <summary>TRIAGED_PROVIDER_TO_ACTION: accepted, not booked.</summary>
    Triaged,

    /// <summary>DEFERRED_TO_PROVIDER: no slot was found, the provider is to arrange one.</summary>
    Deferred,

    /// <summary>APPT_CANCELLED_BY_PATIENT, APPT_CANCELLED_BY_PROVIDER: not booked again.</summary>
    AppointmentCancelled,

    /// <summary>NOT_BOOKED: the referrer has chosen services and used none.</summary>
    NotBooked,

    /// <summary>BOOKED, and the day has passed.</summary>
    Outcome,

    /// <summary>TRIAGE_RESPONSE, REJECTED, DID_NOT_ATTEND, ASSESSMENT_RESULT, and CANCELLED_REFERRAL by the provider: back with the referrer.</summary>
    CameBack,
}

/// <summary>One thing that somebody is waited for.</summary>
internal readonly record struct Wait(Waiting Kind, Overdue What, Side Side, DateTimeOffset Since);
