using System.Text.Json.Serialization;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>A referral at one version. It is never changed, only succeeded by the next version.</summary>
public sealed record Referral
{
    public required Ubrn Ubrn { get; init; }

    /// <summary>1 when it is first saved; every change makes it greater.</summary>
    public required int Version { get; init; }

    public required ReferralState State { get; init; }

    /// <summary>The code that explains the state, from the code list that belongs to it.</summary>
    public string? Reason { get; init; }

    public string? Comments { get; init; }

    /// <summary>The patient has attended: on no list, and no command is taken any more.</summary>
    public bool Completed { get; init; }

    /// <summary>The referrer has dealt with what came back to it in this state.</summary>
    public bool Acknowledged { get; init; }

    /// <summary>In which role it was cancelled; null when it is not, or was before this was kept: then it is the role of the latest change.</summary>
    public Role? CancelledBy { get; init; }

    public required Priority Priority { get; init; }

    public required Patient Patient { get; init; }

    public required Referrer Referrer { get; init; }

    public required ReferredTo Service { get; init; }

    /// <summary>Organisations that provided the service before a redirect. They keep reading what they were sent.</summary>
    public IReadOnlyList<string> PastProviders { get; init; } = [];

    /// <summary>Organisations whose referral it was before another succeeded them. They keep reading it.</summary>
    public IReadOnlyList<string> PastReferrers { get; init; } = [];

    /// <summary>Ids of the services that the referrer chose from; an appointment is booked with one of them.</summary>
    public IReadOnlyList<string> Shortlist { get; init; } = [];

    public string? Specialty { get; init; }

    public string? ClinicType { get; init; }

    public required string ClinicalReason { get; init; }

    public IReadOnlyList<string> Snomed { get; init; } = [];

    public required LetterIntention LetterIntention { get; init; }

    public IReadOnlyList<LinkedAttachment> Attachments { get; init; } = [];

    /// <summary>An attachment named at submission could not be linked; the letter is owed until the referrer sends a set that can.</summary>
    public bool LetterRefused { get; init; }

    public Appointment? Appointment { get; init; }

    public Review Review { get; init; } = Review.NeverReviewed;

    /// <summary>Since when there is something new to review: another provider, or a changed letter. Null means since it was received.</summary>
    public DateTimeOffset? ReviewSince { get; init; }

    /// <summary>The review as it stood when an outcome was recorded, to come back to if the outcome was wrong.</summary>
    public Review? ReviewBeforeOutcome { get; init; }

    /// <summary>Since when it has been in this state at this service; null when that was not kept: then since the latest change.</summary>
    public DateTimeOffset? StateSince { get; init; }

    /// <summary>Start of the referral-to-treatment clock (UTC).</summary>
    public required DateTimeOffset PathwayStart { get; init; }

    /// <summary>When the submission was accepted (UTC). Unlike <see cref="Created"/> it does not move when processing is late.</summary>
    public required DateTimeOffset Received { get; init; }

    /// <summary>When it became TWO_WEEK_WAIT after it was received with another priority; null when it did not.</summary>
    public DateTimeOffset? TwoWeekWaitSince { get; init; }

    /// <summary>What is not as it was sent, or not as it should be.</summary>
    public IReadOnlyList<ReferralProblem> Problems { get; init; } = [];

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Updated { get; init; }

    /// <summary>Who made the latest change.</summary>
    public required Actor UpdatedBy { get; init; }

    [JsonIgnore]
    public ReferralStatus Status =>
        State == ReferralState.CancelledReferral ? ReferralStatus.Cancelled : Completed ? ReferralStatus.Completed : ReferralStatus.Active;

    /// <summary>
    /// It came back to its referrer: with advice, refused, with a result, or ended by its provider. By role: an organisation may refer to itself, and its
    /// referrer must hear of what its hospital side cancelled.
    /// </summary>
    [JsonIgnore]
    public bool CameBack => !Completed && State switch
    {
        ReferralState.TriageResponse or ReferralState.Rejected or ReferralState.DidNotAttend or ReferralState.AssessmentResult => true,
        ReferralState.CancelledReferral => !(CancelledBy ?? UpdatedBy.Role).IsReferring(),
        _ => false,
    };

    /// <summary>What became of the appointment; null while nothing is known.</summary>
    [JsonIgnore]
    public AppointmentOutcome? Outcome => State switch
    {
        ReferralState.DidNotAttend => AppointmentOutcome.DidNotAttend,
        ReferralState.AssessmentResult => AppointmentOutcome.Assessed,
        ReferralState.Booked when Completed => AppointmentOutcome.Attended,
        _ => null,
    };

    /// <summary>A letter of the referrer is linked, and nothing is known to stand against reading it.</summary>
    [JsonIgnore]
    public bool HasLetter => Attachments.Any(attachment => attachment is { Type: AttachmentType.Referrer, Unreadable: null });

    /// <summary>A letter was sent that nobody can open.</summary>
    [JsonIgnore]
    public bool LetterUnreadable => Attachments.Any(attachment => attachment is { Type: AttachmentType.Referrer, Unreadable: not null });

    /// <summary>
    /// A provider has it and has not seen all of it. What is booked and has not been reviewed yet waits for its letter first, but not when the letter turns out
    /// to be unreadable; and news after the review, such as another patient, waits for nothing.
    /// </summary>
    [JsonIgnore]
    public bool AwaitsReview => Status == ReferralStatus.Active
        && Review != Review.Reviewed
        && (State is ReferralState.AwaitingTriage or ReferralState.DeferredToProvider
            || (State == ReferralState.Booked && (HasClinicalInformation || LetterUnreadable || Review is not (Review.NeverReviewed or Review.PriorityChanged))));

    /// <summary>The day of the appointment has passed, and nobody has said what became of it.</summary>
    public bool AwaitsOutcome(DateTimeOffset now) =>
        this is { State: ReferralState.Booked, Completed: false, Appointment: { } appointment } && WorkingDays.DateOf(now) > WorkingDays.DateOf(appointment.Start);

    /// <summary>There is something for a clinician to judge, or it is known that nothing will come.</summary>
    [JsonIgnore]
    public bool HasClinicalInformation => HasLetter || (LetterIntention == LetterIntention.NotIntendingToAdd && !LetterUnreadable);
}

public sealed record Patient(NhsNumber NhsNumber, string? FamilyName, string? GivenName, DateOnly? BirthDate)
{
    /// <summary>"Jones, Ann"; null when no name was sent.</summary>
    [JsonIgnore]
    public string? Name => (FamilyName, GivenName) switch
    {
        (null, null) => null,
        (null, var given) => given,
        (var family, null) => family,
        var (family, given) => $"{family}, {given}",
    };

    // The record's own text would print the name and the date of birth.
    public override string ToString() => "Patient";
}

/// <param name="User">Who pressed the button.</param>
/// <param name="Clinician">Who is clinically responsible; the user, unless an admin acted for a clinician.</param>
public sealed record Referrer(string Organisation, string User, string Clinician);

/// <param name="Name">Null when the service is unknown.</param>
/// <param name="Provider">ODS code of the organisation that has the referral; null when the service is unknown or only shortlisted.</param>
public sealed record ReferredTo(string Id, string? Name, string? Provider);

public sealed record Appointment(DateTimeOffset Start, DateTimeOffset End, string? Clinician = null, string? Location = null)
{
    /// <summary>The published slot that it takes; null when the provider arranged it.</summary>
    public string? Slot { get; init; }
}

[JsonConverter(typeof(CodeConverter<LetterIntention>))]
public enum LetterIntention
{
    NeedToAddLater,
    NotIntendingToAdd,
}

/// <summary>REVIEWED and PATIENT_CHANGED are ours; the others are the codes of <c>eRS-RequestContextStatus-1</c>, and all of them mean that a review is pending.</summary>
[JsonConverter(typeof(CodeConverter<Review>))]
public enum Review
{
    NeverReviewed,
    LetterChanged,
    PriorityChanged,
    PriorityAndLetterChanged,

    /// <summary>Ours: it is another patient than was thought, or the patient's details are others, whatever else changed.</summary>
    PatientChanged,
    Reviewed,
}

[JsonConverter(typeof(CodeConverter<AttachmentType>))]
public enum AttachmentType
{
    Referrer,
    Provider,
}

/// <summary>A file as it was linked. Its scan status changes on its own and is read from the attachment.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record LinkedAttachment(
    string Id, string Name, string ContentType, long Size, string Sha256, AttachmentType Type, Actor AttachedBy, DateTimeOffset AttachedAt)
{
    /// <summary>Why nobody can open it; null when that is not known.</summary>
    public Unreadable? Unreadable { get; init; }

    public static LinkedAttachment From(Attachment attachment, AttachmentType type, Actor by, DateTimeOffset at) =>
        new(attachment.Id, attachment.Name, attachment.ContentType, attachment.Size, attachment.Sha256, type, by, at);

    // The record's own text would print the file name.
    public override string ToString() => $"Attachment {Id}";
}
