using System.Text.Json.Serialization;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Shortlists;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>A command on an existing referral.</summary>
public abstract record Command
{
    private Command()
    {
    }

    /// <summary>The provider accepts the referral and will arrange the next step.</summary>
    public sealed record Accept(string? Comments = null, Priority? Priority = null) : Command
    {
        /// <summary>The only kind of review that the caller accepts; null for either.</summary>
        public ReviewKind? Only { get; init; }

        /// <summary>Files of the provider to add.</summary>
        public IReadOnlyList<NamedAttachment> Files { get; init; } = [];
    }

    /// <summary>The provider returns the referral to the referrer with advice.</summary>
    public sealed record Return(string Comments) : Command
    {
        /// <summary>The priority that the caller names; it may only be the present one. Null when the caller names none.</summary>
        public Priority? Priority { get; init; }

        /// <summary>Files of the provider to add.</summary>
        public IReadOnlyList<NamedAttachment> Files { get; init; } = [];
    }

    /// <summary>The provider rejects a patient who has a booked appointment. The reason must have the usage REJECT.</summary>
    public sealed record Reject(string Reason, string? Comments = null) : Command
    {
        /// <summary>What the caller says about the provider's own system; null when the caller was not asked.</summary>
        public PasCancellation? Pas { get; init; }
    }

    /// <summary>The provider books an appointment that it arranged without a slot.</summary>
    /// <param name="Service">The referral's service, which may allow an appointment without a length; null when it was not read.</param>
    public sealed record Book(Appointment Appointment, Service? Service = null) : Command;

    /// <summary>Cancels the appointment. A referrer cancels it for the patient, a provider for itself.</summary>
    public sealed record CancelAppointment(string Reason, string? Comments = null) : Command;

    /// <summary>Records the outcome of the appointment. A reason is allowed only when the patient did not attend.</summary>
    public sealed record RecordOutcome(AppointmentOutcome Outcome, string? Reason = null, string? Comments = null) : Command;

    /// <summary>The provider withdraws or replaces the outcome that it recorded.</summary>
    /// <param name="Outcome">Null withdraws the outcome: the appointment is booked again.</param>
    /// <param name="Why">Free text for the history.</param>
    public sealed record CorrectOutcome(AppointmentOutcome? Outcome, string Why, string? Comments = null) : Command;

    /// <summary>The referrer sends the referral to another service under the same UBRN. For a triage service this is e-RS A032.</summary>
    /// <param name="Reason">Free text for the new provider.</param>
    public sealed record Redirect(NamedService Service, Priority? Priority = null, string? Reason = null) : Command;

    /// <summary>Replaces the referrer's letters, changes whether letters will follow, or both.</summary>
    /// <param name="Letters">Null keeps the present letters.</param>
    /// <param name="Intention">Null keeps the present intention.</param>
    public sealed record ChangeLetters(IReadOnlyList<NamedAttachment>? Letters, LetterIntention? Intention = null) : Command
    {
        /// <summary>e-RS: each new file was uploaded for this referral, and no two files have the same name.</summary>
        public bool AsErs { get; init; }
    }

    /// <summary>The referrer has dealt with a referral that came back. Its state stays the same, and it leaves the referrer's worklist.</summary>
    public sealed record Acknowledge(string? Comments = null) : Command;

    /// <summary>The referrer corrects the patient's details. The letters stay.</summary>
    /// <param name="Why">Free text for the history.</param>
    /// <param name="Service">The referral's service, whose age limits are checked again; null when the service is unknown.</param>
    public sealed record CorrectPatient(Patient Patient, string Why, Service? Service = null) : Command;

    /// <summary>Ends the referral.</summary>
    public sealed record Cancel(string Reason, string? Comments = null) : Command;

    /// <summary>Books a slot: the referrer one of a shortlisted service (e-RS A016, booked), the provider one of the referral's service.</summary>
    public sealed record BookSlot(NamedService Service, NamedSlot Slot, string? Comments = null) : Command;

    /// <summary>e-RS A016, proposed: no slot could be booked, so the provider must arrange the appointment.</summary>
    public sealed record Defer(NamedService Service, DeferralReason Reason, string? Comments = null) : Command
    {
        /// <summary>The slot that could not be booked. Mandatory when that is the reason.</summary>
        public NamedSlot? Slot { get; init; }

        /// <summary>The priorities for which the service has a free slot. Read only when the reason is that it has none.</summary>
        public IReadOnlyList<Priority> FreeSlots { get; init; } = [];

        /// <summary>The user id of the consultant whom the referrer asks for; null when it is all the same.</summary>
        public string? Clinician { get; init; }
    }

    /// <summary>e-RS A016, proposed with reason TRIAGE: the referrer sends the referral to a shortlisted triage service.</summary>
    public sealed record SendForTriage(NamedService Service, string? Comments = null) : Command
    {
        /// <inheritdoc cref="Defer.Clinician"/>
        public string? Clinician { get; init; }
    }

    /// <summary>e-RS A022: the provider keeps the referral and cancels the appointment.</summary>
    public sealed record CancelAppointmentActionLater(string Comments, Priority? Priority = null) : Command;

    /// <summary>e-RS A031: the referrer chooses 1 to 20 services again. The referral has no provider until the referrer uses one of them.</summary>
    public sealed record ChangeShortlist(IReadOnlyList<NamedService> Services, Priority Priority, LetterIntention Letter) : Command
    {
        /// <summary>What the referrer searched for; null when the caller did not say. Its priority is the one above.</summary>
        public SearchCriteria? Criteria { get; init; }

        /// <summary>After how many days the patient is reminded; null keeps the present number.</summary>
        public int? ReminderDays { get; init; }
    }
}

/// <summary>A service that a command names.</summary>
/// <param name="Found">The service in the directory; null when the directory has no service with this id.</param>
public sealed record NamedService(string Id, Service? Found);

/// <summary>An attachment that a command names.</summary>
/// <param name="Found">The uploaded attachment; null when none has this id.</param>
public sealed record NamedAttachment(string Id, Attachment? Found)
{
    /// <summary>The sender's words about the file; null when there are none.</summary>
    public string? Description { get; init; }
}

/// <param name="Confirmed">Whether the appointment was cancelled in the patient administration system; null when the caller did not say.</param>
/// <param name="Bookable">How the service is booked. Only the appointments of an indirectly bookable one are also in that system.</param>
public sealed record PasCancellation(bool? Confirmed, Bookable Bookable);

/// <summary>The two reviews of a provider.</summary>
public enum ReviewKind
{
    /// <summary>Of a booked appointment (e-RS A013).</summary>
    Appointment,

    /// <summary>Of a request for triage, or of a deferral (e-RS A028).</summary>
    Request,
}

[JsonConverter(typeof(CodeConverter<AppointmentOutcome>))]
public enum AppointmentOutcome
{
    DidNotAttend,
    Assessed,
    Attended,
}

/// <summary>The codes of <c>eRS-ReviewReason-1</c> that explain a deferral.</summary>
[JsonConverter(typeof(CodeConverter<DeferralReason>))]
public enum DeferralReason
{
    NoSlotsAtService,
    SlotNotAvailable,
    BookingAttemptProblem,
}
