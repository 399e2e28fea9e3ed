namespace EReferrals.Referrals.Lists;

/// <summary>The situations in which a side must act. The settings for their deadlines have the same names.</summary>
public enum Waiting
{
    /// <summary>A provider has a referral, or a change to it, that it has not reviewed.</summary>
    Review,

    /// <summary>TRIAGED_PROVIDER_TO_ACTION: accepted but not booked.</summary>
    Triaged,

    /// <summary>DEFERRED_TO_PROVIDER: no slot was found, so the provider must arrange an appointment.</summary>
    Deferred,

    /// <summary>APPT_CANCELLED_BY_PATIENT or APPT_CANCELLED_BY_PROVIDER: not booked again.</summary>
    AppointmentCancelled,

    /// <summary>NOT_BOOKED: the referrer has shortlisted services but used none of them.</summary>
    NotBooked,

    /// <summary>BOOKED, and the day of the appointment has passed.</summary>
    Outcome,

    /// <summary>TRIAGE_RESPONSE, REJECTED, DID_NOT_ATTEND, ASSESSMENT_RESULT, or CANCELLED_REFERRAL by the provider: back with the referrer.</summary>
    CameBack,
}

/// <summary>One action that a side must take, and since when it has been due to start.</summary>
internal readonly record struct Wait(Waiting Kind, Overdue What, Side Side, DateTimeOffset Since);
