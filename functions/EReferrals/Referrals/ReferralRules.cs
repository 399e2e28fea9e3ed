using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Shortlists;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>The rules for changes to a referral. Pure: no clock, no storage, no logger.</summary>
public static class ReferralRules
{
    public const string ServiceInappropriate = "SERVICE_INAPPROPRIATE";

    /// <summary>
    /// Creates the first version of a referral from an accepted submission. It never refuses: an accepted submission is always kept. When the
    /// service cannot take it, the referral starts in the state REJECTED.
    /// </summary>
    /// <param name="service">Null when the directory has no such service.</param>
    /// <param name="linked">The attachments that could be linked.</param>
    /// <param name="leftOff">Why the other attachments could not be linked, one line each.</param>
    public static Decision.Changed Submit(
        Submission submission, Service? service, IReadOnlyList<LinkedAttachment> linked, IReadOnlyList<string> leftOff, DateTimeOffset now)
    {
        var impossible = WhyServiceCannotTake(service, submission.Service, submission.Priority, submission.Referrer.Organisation);
        var by = impossible is null ? submission.By : Actor.System;
        var (state, reason) = impossible is not null ? (ReferralState.Rejected, ServiceInappropriate)
            : service!.TakesTriage ? (ReferralState.AwaitingTriage, Transitions.TriageReason)
            : (ReferralState.DeferredToProvider, null);
        var referral = new Referral
        {
            Ubrn = submission.Ubrn,
            Version = 1,
            State = state,
            Reason = reason,
            Comments = impossible?.Message,
            Priority = submission.Priority,
            Patient = submission.Patient,
            Referrer = submission.Referrer,
            Service = new ReferredTo(submission.Service, service?.Name, impossible is null ? service?.Provider : null),
            Shortlist = [submission.Service],
            Specialty = submission.Specialty ?? service?.Specialty,
            ClinicType = submission.ClinicType,
            ClinicalReason = submission.ClinicalReason,
            Snomed = submission.Snomed,
            LetterIntention = submission.LetterIntention,
            Attachments = linked,
            LetterRefused = leftOff.Count > 0,
            PathwayStart = submission.PathwayStart ?? submission.Received,
            Received = submission.Received,
            Problems = [.. leftOff.Select(text => new ReferralProblem(ProblemCode.AttachmentLeftOff, text, now))],
            Created = now,
            Updated = now,
            UpdatedBy = by,
            StateSince = submission.Received,
        };
        // When the directory was not read before acceptance, the submission may ask for something that the service does not offer.
        if (impossible is null) referral = ServiceLimits.Fitted(referral, service!, submission.Specialty, now);
        referral = referral with
        {
            LettersFirstAt = linked.Count > 0 ? submission.Received : null,
            AppointmentRecord = AppointmentRecords.Next(before: null, referral),
        };
        return new Decision.Changed(referral, EventOf(null, referral, ReferralAction.Submitted, submission.CorrelationId));
    }

    /// <summary>Creates the first version of a referral that is with its referrer: no service is used yet (e-RS A011).</summary>
    public static Decision Create(ShortlistedReferral draft, Ubrn ubrn, DateTimeOffset now)
    {
        Refusal[] refusals =
        [
            .. CriteriaRules.Faults(draft.Criteria, UkTime.DateOf(now)),
            .. ShortlistRules.Faults(draft.Services, draft.Criteria, draft.Referrer.Organisation),
        ];
        if (refusals.Length > 0) return new Decision.Refused(refusals);
        var first = draft.Services[0].Found!;
        var referral = new Referral
        {
            Ubrn = ubrn,
            Version = 1,
            State = ReferralState.NotBooked,
            Priority = draft.Criteria.Priority,
            Patient = draft.Patient,
            Referrer = draft.Referrer,
            Service = new ReferredTo(first.Id, first.Name, Provider: null),
            Criteria = draft.Criteria,
            Shortlist = [.. draft.Services.Select(service => service.Id)],
            Specialty = draft.Criteria.Specialty ?? first.Specialty,
            ClinicType = draft.Criteria.ClinicType,
            ClinicalReason = null,
            Snomed = draft.Criteria.ClinicalTerm is { } term ? [term] : [],
            LetterIntention = draft.LetterIntention,
            ReminderDays = draft.ReminderDays,
            PathwayStart = draft.PathwayStart ?? now,
            Received = now,
            Created = now,
            Updated = now,
            UpdatedBy = draft.By,
            StateSince = now,
        };
        return new Decision.Changed(referral, EventOf(null, referral, ReferralAction.Submitted, draft.CorrelationId));
    }

    /// <summary>Returns why the service cannot take a referral of this priority from this organisation; null when it can.</summary>
    public static Refusal? WhyServiceCannotTake(Service? service, string serviceId, Priority priority, string referrer) => service switch
    {
        null => NoSuchService(serviceId),
        _ when !ReservedOrganisation.MayRefer(referrer, service.Provider) => NoSuchService(serviceId),
        { Open: false } => new Refusal("ServiceMustBeOpen", "INAPPROPRIATE_VALUE", $"Service {serviceId} is closed to referrals.", "/service"),
        { TakesReferrals: false } => new Refusal(
            "ServiceMustTakeReferrals", "INAPPROPRIATE_VALUE", $"Service {serviceId} gives advice and guidance only.", "/service"),
        _ when !service.Priorities.Contains(priority) => new Refusal(
            "ServiceMustTakePriority", "INAPPROPRIATE_VALUE", $"Service {serviceId} does not take {Code.From(priority)} referrals.", "/service"),
        _ => null,
    };

    private static Refusal NoSuchService(string serviceId) =>
        new("ServiceMustBeKnown", "REFERENCE_NOT_FOUND", $"There is no service {serviceId}.", "/service");

    /// <summary>Applies a command to a referral, or refuses it.</summary>
    /// <param name="onPaper">When and by whom the action was taken; null when the actor takes it now.</param>
    public static Decision Decide(
        Referral referral, Command command, Actor actor, DateTimeOffset now, string correlationId, OnPaper? onPaper = null)
    {
        if (Forbids(referral, command, actor) is { } forbidden) return new Decision.Refused(forbidden);
        // An outcome reported from paper is judged at the time when the action was taken.
        var step = Transitions.From(referral, command, actor, command is Command.RecordOutcome && onPaper is not null ? onPaper.At : now);
        if (step.After is null) return new Decision.Refused(step.Refusals);
        if (onPaper is not null && WhyOvertaken(referral, command, onPaper.At) is { } overtaken) return new Decision.Refused(overtaken);
        var after = Next(referral, step.After, actor, now);
        if (onPaper is not null && command is Command.Book) after = after with { BookedAt = onPaper.At };
        if (ClinicianAskedFor(command) is { } clinician)
        {
            after = after with { AppointmentRecord = after.AppointmentRecord! with { Clinician = clinician } };
        }

        var what = EventOf(referral, after, ActionOf(command), correlationId) with { OnPaper = onPaper };
        return new Decision.Changed(after, command switch
        {
            // The referral still has the reason and comments of an earlier command; they do not belong to this event.
            Command.ChangeLetters => what with { Reason = null, Comments = null },
            Command.Acknowledge acknowledge => what with { Reason = null, Comments = acknowledge.Comments },
            Command.CorrectPatient correction => what with
            {
                Reason = null,
                Comments = null,
                Why = correction.Why,
                Patient = PatientCorrection.From(referral.Ubrn, referral.Patient, after.Patient),
            },
            Command.CorrectOutcome correction => what with { Why = correction.Why },
            _ => what,
        });
    }

    private static string? ClinicianAskedFor(Command command) => command switch
    {
        Command.Defer defer => defer.Clinician,
        Command.SendForTriage send => send.Clinician,
        _ => null,
    };

    // Paper acts are reported later. A review on paper did not see later changes, and an appointment booked later is a different one.
    private static Refusal? WhyOvertaken(Referral referral, Command command, DateTimeOffset at) => command switch
    {
        Command.Accept or Command.Return or Command.Reject when referral.ChangedForReviewAt > at => new Refusal(
            "PaperSawTheLatest",
            "CONFLICTING_VALUES",
            "The patient's details or a letter changed after this was done on paper. Read the referral as it is now, and review it again."),
        Command.CancelAppointment when referral.BookedAt > at => new Refusal(
            "PaperSawTheLatest",
            "CONFLICTING_VALUES",
            "The appointment was booked after this was done on paper. If it is to be cancelled, cancel it now."),
        _ => null,
    };

    /// <summary>
    /// Records new scan results of the referral's letters. Returns null when nothing changed, or when the referral is cancelled.
    /// </summary>
    public static Decision.Changed? CheckLetters(
        Referral referral, IReadOnlyDictionary<string, Attachment> attachments, TimeSpan scanWithin, DateTimeOffset now, string correlationId)
    {
        // Completed referrals too: a correction of the outcome makes them active again, and their letters must then be up to date.
        if (referral.Status == ReferralStatus.Cancelled) return null;
        var checkedReferral = LetterRules.Checked(referral, attachments, scanWithin, now);
        if (ReferenceEquals(checkedReferral, referral)) return null;
        var after = Next(referral, checkedReferral, Actor.System, now);
        return new Decision.Changed(after, EventOf(referral, after, ReferralAction.LettersChecked, correlationId) with { Reason = null, Comments = null });
    }

    /// <summary>
    /// Moves the referral to the successors of its organisations. Returns null when it is already there. Nothing else changes; in particular the
    /// deadlines do not start again.
    /// </summary>
    public static Decision.Changed? HandOver(Referral referral, Successions successions, DateTimeOffset now)
    {
        if (successions.Move(referral) is not (var moved, var succession, var what)) return null;
        var after = Next(referral, moved, succession.By, now) with { StateSince = referral.StateSince ?? referral.Updated };
        return new Decision.Changed(after, EventOf(referral, after, ReferralAction.HandedOver, $"transfer-{succession.Id}") with
        {
            Reason = null,
            Comments = null,
            Why = succession.Why,
            HandedOver = what,
        });
    }

    // Applies to every change, whatever the command.
    private static Referral Next(Referral before, Referral after, Actor by, DateTimeOffset now)
    {
        var next = LetterRules.Dated(before, Stamped(before, after, by, now), now);
        return next with { AppointmentRecord = AppointmentRecords.Next(before, next) };
    }

    private static Referral Stamped(Referral before, Referral after, Actor by, DateTimeOffset now) => after with
    {
        Version = before.Version + 1,
        Updated = now,
        UpdatedBy = by,
        ReleasedSlot = SlotRules.ReleasedBy(before, after) ?? before.ReleasedSlot,
        BookedAt = after.Appointment is null ? null : after.Appointment == before.Appointment ? before.BookedAt : now,
        StateSince = after.State == before.State && after.Service == before.Service ? before.StateSince ?? before.Updated : now,
        // A referral that comes back again must be acknowledged again.
        Acknowledged = after.Acknowledged && after.State == before.State,
        CancelledBy = after.State != ReferralState.CancelledReferral ? null
            : before.State == ReferralState.CancelledReferral ? before.CancelledBy ?? before.UpdatedBy.Role
            : by.Role,
    };

    /// <summary>Returns why this actor may not use this command on this referral in any state; null when the actor may.</summary>
    public static Refusal? Forbids(Referral referral, Command command, Actor actor)
    {
        if (!MayEver(command, actor.Role))
        {
            return new Refusal("RoleMayCallCommand", "FORBIDDEN", $"The role {Code.From(actor.Role)} may not use this command.");
        }

        return WhyStranger(referral, actor);
    }

    /// <summary>The refusal of every command of an actor whose organisation has no part in the referral; null when it has one.</summary>
    public static Refusal? WhyStranger(Referral referral, Actor actor) => Relationships.MayChange(referral, actor)
        ? null
        : new Refusal("ActorHasRelationship", "NO_RELATIONSHIP", "Your organisation has no relationship with this referral.");

    /// <summary>Whether a service of the shortlist can be used in the present state.</summary>
    public static bool MayBook(Referral referral) => Transitions.MayBookAgain(referral);

    /// <summary>Whether the referrer may choose services in the present state.</summary>
    public static bool MayChooseAgain(Referral referral) => Transitions.MayChooseAgain(referral);

    /// <summary>Whether the provider may accept or return the referral without an appointment in the present state.</summary>
    public static bool AwaitsReviewOutcome(Referral referral) => Transitions.AwaitsOutcome(referral);

    /// <summary>Whether a role may use a command, in any state.</summary>
    internal static bool MayEver(Command command, Role role) => command switch
    {
        Command.Accept or Command.Return =>
            role is Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin or Role.ProviderAuthorisedApplication,
        Command.Reject or Command.CancelAppointmentActionLater => role is Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin,
        Command.Book or Command.RecordOutcome or Command.CorrectOutcome => IsProviderStaff(role),
        Command.CancelAppointment or Command.BookSlot => IsReferrer(role) || IsProviderStaff(role),
        Command.Cancel => IsReferrer(role)
            || role is Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin or Role.ProviderAuthorisedApplication,
        Command.Acknowledge => IsReferrer(role) || role == Role.ReferringAdmin,
        Command.CorrectPatient or Command.Redirect or Command.ChangeLetters or Command.Defer or Command.SendForTriage
            or Command.ChangeShortlist => IsReferrer(role),
        _ => false,
    };

    private static bool IsReferrer(Role role) => role is Role.ReferringClinician or Role.ReferringClinicianAdmin;

    private static bool IsProviderStaff(Role role) =>
        role is Role.ServiceProviderAdmin or Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin;

    private static ReferralAction ActionOf(Command command) => command switch
    {
        Command.Accept => ReferralAction.Accepted,
        Command.Return => ReferralAction.Returned,
        Command.Reject => ReferralAction.Rejected,
        Command.Book or Command.BookSlot => ReferralAction.Booked,
        Command.CancelAppointment => ReferralAction.AppointmentCancelled,
        Command.RecordOutcome => ReferralAction.OutcomeRecorded,
        Command.CorrectOutcome => ReferralAction.OutcomeCorrected,
        Command.Redirect => ReferralAction.Redirected,
        Command.Acknowledge => ReferralAction.Acknowledged,
        Command.CorrectPatient => ReferralAction.PatientCorrected,
        Command.ChangeLetters => ReferralAction.LettersChanged,
        Command.Cancel => ReferralAction.Cancelled,
        Command.Defer => ReferralAction.Deferred,
        Command.SendForTriage => ReferralAction.SentForTriage,
        Command.CancelAppointmentActionLater => ReferralAction.AppointmentCancelledActionLater,
        Command.ChangeShortlist => ReferralAction.ShortlistChanged,
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "Not a command."),
    };

    private static ReferralEvent EventOf(Referral? before, Referral after, ReferralAction what, string correlationId) => new()
    {
        Version = after.Version,
        At = after.Updated,
        What = what,
        From = before?.State,
        To = after.State,
        By = after.UpdatedBy,
        Reason = after.Reason,
        Comments = after.Comments,
        CorrelationId = correlationId,
    };
}
