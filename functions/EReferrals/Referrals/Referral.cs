using System.Text.Json.Serialization;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Shortlists;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>One version of a referral. Immutable: each change creates the next version.</summary>
public sealed record Referral
{
    public required Ubrn Ubrn { get; init; }

    /// <summary>1 when the referral is first saved; each change adds 1.</summary>
    public required int Version { get; init; }

    public required ReferralState State { get; init; }

    /// <summary>The code that explains the state, from the code list of that state.</summary>
    public string? Reason { get; init; }

    public string? Comments { get; init; }

    /// <summary>The patient has attended: the referral is on no worklist, and only a correction of its outcome is accepted.</summary>
    public bool Completed { get; init; }

    /// <summary>The referrer has dealt with the referral after it came back in this state.</summary>
    public bool Acknowledged { get; init; }

    /// <summary>
    /// The role that cancelled the referral; null when it is not cancelled. Referrals cancelled before this was stored have null too: for them it is
    /// the role of the latest change.
    /// </summary>
    public Role? CancelledBy { get; init; }

    public required Priority Priority { get; init; }

    public required Patient Patient { get; init; }

    public required Referrer Referrer { get; init; }

    public required ReferredTo Service { get; init; }

    /// <summary>Organisations that provided the service before a redirect. They may still read what they were sent: <see cref="LastSent"/>.</summary>
    public IReadOnlyList<string> PastProviders { get; init; } = [];

    /// <summary>
    /// The last version that each past provider was sent. A past provider without an entry lost the referral before this was stored, and reads none.
    /// </summary>
    public IReadOnlyList<LastSentVersion> LastSent { get; init => field = value ?? []; } = [];

    /// <summary>Organisations that owned the referral before another succeeded them. They may still read it.</summary>
    public IReadOnlyList<string> PastReferrers { get; init; } = [];

    /// <summary>What the referrer searched for; null for a referral that was sent straight to a service.</summary>
    public SearchCriteria? Criteria { get; init; }

    /// <summary>Ids of the services that the referrer chose from; an appointment is booked with one of them.</summary>
    public IReadOnlyList<string> Shortlist { get; init; } = [];

    public string? Specialty { get; init; }

    public string? ClinicType { get; init; }

    /// <summary>Null when the referrer sent none, which only the e-RS API allows.</summary>
    public string? ClinicalReason { get; init; }

    public IReadOnlyList<string> Snomed { get; init; } = [];

    public required LetterIntention LetterIntention { get; init; }

    /// <summary>After how many days the patient is reminded; null when the referrer did not say.</summary>
    public int? ReminderDays { get; init; }

    public IReadOnlyList<LinkedAttachment> Attachments { get; init; } = [];

    /// <summary>Ids of letters that were replaced or left out, so that their files can be deleted with the referral.</summary>
    public IReadOnlyList<string> FormerLetters { get; init; } = [];

    /// <summary>When the first letter was linked; null while there was none, and for referrals saved before this was stored.</summary>
    public DateTimeOffset? LettersFirstAt { get; init; }

    /// <summary>When the set of letters changed after the first was linked; null when it never did.</summary>
    public DateTimeOffset? LettersChangedAt { get; init; }

    /// <summary>An attachment named at submission could not be linked. The referrer owes the letter until the letters are changed.</summary>
    public bool LetterRefused { get; init; }

    public Appointment? Appointment { get; init; }

    /// <summary>The slot that the referral gave back last, so that the reconciler can check that it is free; null when it never had one.</summary>
    public SlotName? ReleasedSlot { get; init; }

    /// <summary>Null when there was no appointment; use <see cref="AppointmentRecords.Of"/>, which knows referrals saved before this was stored.</summary>
    public AppointmentRecord? AppointmentRecord { get; init; }

    public Review Review { get; init; } = Review.NeverReviewed;

    /// <summary>
    /// When the present review became due, for example because of another provider or a changed letter. Null means when the referral was received.
    /// </summary>
    public DateTimeOffset? ReviewSince { get; init; }

    /// <summary>When the patient's details or a letter changed last; null when they never did.</summary>
    public DateTimeOffset? ChangedForReviewAt { get; init; }

    /// <summary>
    /// Providers that had the referral with other patient details and have not reviewed it since. When the referral is sent to one of them again, it
    /// shows that the patient changed.
    /// </summary>
    public IReadOnlyList<string> PatientUnseenBy { get; init; } = [];

    /// <summary>When the appointment was booked, on paper perhaps; null without an appointment.</summary>
    public DateTimeOffset? BookedAt { get; init; }

    /// <summary>The review status before an outcome was recorded; a correction that withdraws the outcome restores it.</summary>
    public Review? ReviewBeforeOutcome { get; init; }

    /// <summary>Since when the referral has been in this state at this service; null when that was not stored: then since the latest change.</summary>
    public DateTimeOffset? StateSince { get; init; }

    /// <summary>Start of the referral-to-treatment clock (UTC).</summary>
    public required DateTimeOffset PathwayStart { get; init; }

    /// <summary>When the submission was accepted (UTC). Unlike <see cref="Created"/>, this does not depend on when it was processed.</summary>
    public required DateTimeOffset Received { get; init; }

    /// <summary>When the priority became TWO_WEEK_WAIT after the referral was received with another one; null when it did not.</summary>
    public DateTimeOffset? TwoWeekWaitSince { get; init; }

    /// <summary>What differs from the submission, or needs attention.</summary>
    public IReadOnlyList<ReferralProblem> Problems { get; init; } = [];

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Updated { get; init; }

    /// <summary>Who made the latest change.</summary>
    public required Actor UpdatedBy { get; init; }

    [JsonIgnore]
    public ReferralStatus Status =>
        State == ReferralState.CancelledReferral ? ReferralStatus.Cancelled : Completed ? ReferralStatus.Completed : ReferralStatus.Active;

    /// <summary>
    /// The referral came back to its referrer: with advice, rejected, with a result, or cancelled by its provider. The role of the canceller decides and not
    /// the organisation: when an organisation refers to itself, the referring side must still learn that the providing side cancelled.
    /// </summary>
    [JsonIgnore]
    public bool CameBack => !Completed && State switch
    {
        ReferralState.TriageResponse or ReferralState.Rejected or ReferralState.DidNotAttend or ReferralState.AssessmentResult => true,
        ReferralState.CancelledReferral => !(CancelledBy ?? UpdatedBy.Role).IsReferring(),
        _ => false,
    };

    /// <summary>The outcome of the appointment; null when none is recorded.</summary>
    [JsonIgnore]
    public AppointmentOutcome? Outcome => State switch
    {
        ReferralState.DidNotAttend => AppointmentOutcome.DidNotAttend,
        ReferralState.AssessmentResult => AppointmentOutcome.Assessed,
        ReferralState.Booked when Completed => AppointmentOutcome.Attended,
        _ => null,
    };

    /// <summary>At least one letter of the referrer is linked and not known to be unreadable.</summary>
    [JsonIgnore]
    public bool HasLetter => Attachments.Any(attachment => attachment is { Type: AttachmentType.Referrer, Unreadable: null });

    /// <summary>At least one letter of the referrer cannot be opened.</summary>
    [JsonIgnore]
    public bool LetterUnreadable => Attachments.Any(attachment => attachment is { Type: AttachmentType.Referrer, Unreadable: not null });

    /// <summary>
    /// A provider has the referral and has not reviewed all of it. A booked referral that was never reviewed waits for its letter first, unless the
    /// letter cannot be opened. A change after the review, such as another patient, needs a review at once.
    /// </summary>
    [JsonIgnore]
    public bool AwaitsReview => Status == ReferralStatus.Active
        && Review != Review.Reviewed
        && (State is ReferralState.AwaitingTriage or ReferralState.DeferredToProvider
            || (State == ReferralState.Booked
                && (HasClinicalInformation || LetterUnreadable || Review is not (Review.NeverReviewed or Review.PriorityChanged))));

    /// <summary>The day of the appointment has passed and no outcome is recorded.</summary>
    public bool AwaitsOutcome(DateTimeOffset now) =>
        this is { State: ReferralState.Booked, Completed: false, Appointment: { } appointment }
        && UkTime.DateOf(now) > UkTime.DateOf(appointment.Start);

    /// <summary>A clinician has something to judge, or it is known that no letter will come.</summary>
    [JsonIgnore]
    public bool HasClinicalInformation => HasLetter || (LetterIntention == LetterIntention.NotIntendingToAdd && !LetterUnreadable);
}

public sealed record Patient(NhsNumber NhsNumber, string? FamilyName, string? GivenName, DateOnly? BirthDate)
{
    /// <summary>The full name, such as "Jones, Ann"; null when no name was sent.</summary>
    [JsonIgnore]
    public string? Name => (FamilyName, GivenName) switch
    {
        (null, null) => null,
        (null, var given) => given,
        (var family, null) => family,
        var (family, given) => $"{family}, {given}",
    };

    // The generated ToString would print the name and the date of birth.
    public override string ToString() => "Patient";
}

/// <param name="User">The user who sent the referral.</param>
/// <param name="Clinician">The user id of the responsible clinician: the user, unless an admin acted for a clinician.</param>
public sealed record Referrer(string Organisation, string User, string Clinician);

/// <param name="Name">Null when the service is unknown.</param>
/// <param name="Provider">ODS code of the organisation that has the referral; null when the service is unknown or only shortlisted.</param>
public sealed record ReferredTo(string Id, string? Name, string? Provider);

public sealed record Appointment(DateTimeOffset Start, DateTimeOffset End, string? Clinician = null, string? Location = null)
{
    /// <summary>The published slot that the appointment uses; null when the provider arranged it.</summary>
    public string? Slot { get; init; }
}

[JsonConverter(typeof(CodeConverter<LetterIntention>))]
public enum LetterIntention
{
    NeedToAddLater,
    NotIntendingToAdd,
}

/// <summary>
/// The review status. REVIEWED and PATIENT_CHANGED are codes of this service; the others are the codes of <c>eRS-RequestContextStatus-1</c>. Every
/// status except REVIEWED means that a review is pending.
/// </summary>
[JsonConverter(typeof(CodeConverter<Review>))]
public enum Review
{
    NeverReviewed,
    LetterChanged,
    PriorityChanged,
    PriorityAndLetterChanged,

    /// <summary>A code of this service: the patient, or the patient's details, were corrected. It replaces the other reasons for a review.</summary>
    PatientChanged,
    Reviewed,
}

[JsonConverter(typeof(CodeConverter<AttachmentType>))]
public enum AttachmentType
{
    Referrer,
    Provider,
}

/// <summary>An attachment as it was linked. Read the scan status from the attachment itself, because it changes independently.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record LinkedAttachment(
    string Id, string Name, string ContentType, long Size, string Sha256, AttachmentType Type, Actor AttachedBy, DateTimeOffset AttachedAt)
{
    /// <summary>The sender's words about the file; null when there are none.</summary>
    public string? Description { get; init; }

    /// <summary>Why the attachment cannot be opened; null when no reason is known.</summary>
    public Unreadable? Unreadable { get; init; }

    public static LinkedAttachment From(Attachment attachment, AttachmentType type, Actor by, DateTimeOffset at) =>
        new(attachment.Id, attachment.Name, attachment.ContentType, attachment.Size, attachment.Sha256, type, by, at);

    // The generated ToString would print the file name.
    public override string ToString() => $"Attachment {Id}";
}
