namespace EReferrals.Referrals.Appointments;

/// <summary>Keeps the appointment record of a referral in step with its state. Pure.</summary>
public static class AppointmentRecords
{
    /// <summary>
    /// The record of a referral; null when it has never had an appointment. Referrals saved before records were kept get one from their state.
    /// </summary>
    public static AppointmentRecord? Of(Referral referral) => referral.AppointmentRecord ?? Next(before: null, referral);

    /// <summary>The record after a change; null when the referral has never had an appointment.</summary>
    /// <param name="before">Null for a new referral.</param>
    public static AppointmentRecord? Next(Referral? before, Referral after)
    {
        var old = before is null ? null : Of(before);
        var isSame = before is not null && before.State == after.State && before.Service.Id == after.Service.Id;
        return after.State switch
        {
            ReferralState.NotBooked => old is null ? null : old with { Status = AppointmentStatus.Dropped, Reason = null, Comments = null, Clinician = null },
            // A review may have replaced the comments of a booking whose record was not kept.
            ReferralState.Booked when before is null => Booked(null, after),
            // A correction of the outcome brings the same appointment back.
            ReferralState.Booked => old is { Status: AppointmentStatus.Booked } && before.Appointment == after.Appointment
                ? old
                : Booked(old, after) with { Comments = after.Comments },
            ReferralState.AwaitingTriage or ReferralState.DeferredToProvider => isSame && old is not null ? old : Proposed(old, after),
            ReferralState.TriagedProviderToAction or ReferralState.TriageResponse => isSame && old is not null
                ? old
                : Changed(old ?? Proposed(null, after), AppointmentStatus.Proposed, after.Reason, after.Comments),
            ReferralState.Rejected or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider =>
                isSame || old is null ? old : Changed(old, AppointmentStatus.Cancelled, after.Reason, after.Comments),
            ReferralState.CancelledReferral => before?.State == ReferralState.Booked && old is not null
                ? Changed(old, AppointmentStatus.Cancelled, Reasons.ReferralCancelled, after.Comments) with { EndedWithReferral = true }
                : old,
            // With an outcome, the appointment stays booked.
            _ => old ?? (after.Appointment is null ? null : Booked(null, after)),
        };
    }

    private static AppointmentRecord Booked(AppointmentRecord? old, Referral after) =>
        new(1 + (old?.Number ?? 0), 0, AppointmentStatus.Booked, after.Updated, Clinician: after.Appointment?.Clinician);

    private static AppointmentRecord Proposed(AppointmentRecord? old, Referral after) =>
        new(1 + (old?.Number ?? 0), 1, AppointmentStatus.Proposed, after.Updated, after.Reason, after.Comments);

    private static AppointmentRecord Changed(AppointmentRecord old, AppointmentStatus status, string? reason, string? comments) =>
        old with
        {
            Version = old.Version + 1,
            Status = status,
            Reason = reason,
            Comments = comments,
            // Who was booked is not who is asked for.
            Clinician = old.Status == AppointmentStatus.Booked && status == AppointmentStatus.Proposed ? null : old.Clinician,
        };
}
