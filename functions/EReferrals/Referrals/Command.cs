using System.Text.Json.Serialization;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>Everything that somebody can ask of a referral that exists.</summary>
public abstract record Command
{
    private Command()
    {
    }

    /// <summary>The provider keeps the referral and will arrange what follows.</summary>
    public sealed record Accept(string? Comments = null, Priority? Priority = null) : Command;

    /// <summary>The provider sends it back with advice.</summary>
    public sealed record Return(string Comments) : Command;

    /// <summary>The provider sends back a patient who was booked. The reason is one of usage REJECT.</summary>
    public sealed record Reject(string Reason, string? Comments = null) : Command;

    /// <summary>The provider arranges an appointment.</summary>
    public sealed record Book(Appointment Appointment) : Command;

    /// <summary>By the patient when the referrer asks for it, by the provider when the provider does.</summary>
    public sealed record CancelAppointment(string Reason, string? Comments = null) : Command;

    /// <summary>What became of the appointment. A reason is given for a patient who did not come, and for nothing else.</summary>
    public sealed record RecordOutcome(AppointmentOutcome Outcome, string? Reason = null, string? Comments = null) : Command;

    /// <summary>The provider takes back what it recorded of the appointment, or replaces it.</summary>
    /// <param name="Outcome">Null when there is no outcome: the patient is booked again.</param>
    /// <param name="Why">Free text, for the history.</param>
    public sealed record CorrectOutcome(AppointmentOutcome? Outcome, string Why, string? Comments = null) : Command;

    /// <summary>The referrer sends it to another service, as a new submission under the same number. To a triage service this is e-RS A032.</summary>
    /// <param name="Reason">Free text, for the new provider to read.</param>
    public sealed record Redirect(NamedService Service, Priority? Priority = null, string? Reason = null) : Command;

    /// <summary>Replaces the set of the referrer's letters, or says that there will be none, or no more.</summary>
    /// <param name="Letters">Null when they stay as they are.</param>
    /// <param name="Intention">Null when it stays as it is.</param>
    public sealed record ChangeLetters(IReadOnlyList<NamedAttachment>? Letters, LetterIntention? Intention = null) : Command;

    /// <summary>The referrer has dealt with what came back. The referral stays as it is, and leaves the list of what came back.</summary>
    public sealed record Acknowledge(string? Comments = null) : Command;

    /// <summary>The referrer puts right who the patient is. The letters stay.</summary>
    /// <param name="Why">Free text, for the history.</param>
    /// <param name="Service">That the referral is with, whose limits are asked anew; null when it is not known.</param>
    public sealed record CorrectPatient(Patient Patient, string Why, Service? Service = null) : Command;

    /// <summary>Ends the referral.</summary>
    public sealed record Cancel(string Reason, string? Comments = null) : Command;

    /// <summary>e-RS A016, booked: the referrer books a slot of a shortlisted service. That the slot is free is known by now.</summary>
    public sealed record BookSlot(NamedService Service, Appointment Appointment) : Command;

    /// <summary>e-RS A016, proposed: no slot could be booked, so that the provider is to arrange the appointment.</summary>
    public sealed record Defer(NamedService Service, DeferralReason Reason, string? Comments = null) : Command;

    /// <summary>e-RS A016, proposed with reason TRIAGE: a shortlisted triage service is to decide.</summary>
    public sealed record SendForTriage(NamedService Service, string? Comments = null) : Command;

    /// <summary>e-RS A022: the provider keeps the referral and gives up the appointment.</summary>
    public sealed record CancelAppointmentActionLater(string Comments, Priority? Priority = null) : Command;

    /// <summary>e-RS A031: the referrer chooses again, 1-20 services, and nobody has the referral until one of them is used.</summary>
    public sealed record ChangeShortlist(IReadOnlyList<NamedService> Services, Priority Priority, LetterIntention Letter) : Command;
}

/// <summary>A service as a command names it.</summary>
/// <param name="Found">What the directory has under that id; null when it has nothing.</param>
public sealed record NamedService(string Id, Service? Found);

/// <summary>An attachment as a command names it.</summary>
/// <param name="Found">What was uploaded under that id; null when nothing was.</param>
public sealed record NamedAttachment(string Id, Attachment? Found);

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
