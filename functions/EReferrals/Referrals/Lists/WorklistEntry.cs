using System.Globalization;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>A referral as a worklist shows it, with everything that a reader needs to choose which referral to open next.</summary>
public sealed record WorklistEntry
{
    public required Ubrn Ubrn { get; init; }

    public required int Version { get; init; }

    public required ReferralState State { get; init; }

    public string? Reason { get; init; }

    public required Priority Priority { get; init; }

    public string? Specialty { get; init; }

    public string? ClinicType { get; init; }

    public required ListedService Service { get; init; }

    public required ListedPatient Patient { get; init; }

    public required ListedReferrer Referrer { get; init; }

    public required DateTimeOffset Received { get; init; }

    public required DateTimeOffset PathwayStart { get; init; }

    public required DateOnly RttBreach { get; init; }

    public DateOnly? DiagnosisDue { get; init; }

    public required Letter Letter { get; init; }

    /// <summary>The number of attachments.</summary>
    public required int Attachments { get; init; }

    public DateTimeOffset? AppointmentStart { get; init; }

    /// <summary>The user id of the booked clinician; null when none is booked.</summary>
    public string? Clinician { get; init; }

    /// <summary>The user id of the consultant whom the referrer asks for; null when there is none.</summary>
    public string? NamedClinician { get; init; }

    /// <summary>When the referral was saved first; null in entries written before this was stored.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>When the referral changed last; null in entries written before this was stored.</summary>
    public DateTimeOffset? Updated { get; init; }

    /// <summary>When the first letter was linked; null while there was none.</summary>
    public DateTimeOffset? LettersFirst { get; init; }

    /// <summary>When the set of letters changed after that; null when it never did.</summary>
    public DateTimeOffset? LettersChanged { get; init; }

    public required Review Review { get; init; }

    /// <summary>Since when a review has been pending; null when no review is pending.</summary>
    public DateTimeOffset? ReviewSince { get; init; }

    /// <summary>The codes of the referral's problems; null when it has none.</summary>
    public IReadOnlyList<ProblemCode>? Problems { get; init; }

    /// <summary>
    /// The other open referrals of the patient to the service, oldest first; null when there are none, or none were known when the entry was written.
    /// </summary>
    public IReadOnlyList<Ubrn>? PossibleDuplicates { get; init; }

    /// <summary>Since when the referral has been in this state at this service; null in entries written before this was stored.</summary>
    public DateTimeOffset? StateSince { get; init; }

    /// <summary>Since when an outcome of the appointment has been due; null while the day of the appointment has not passed.</summary>
    public DateTimeOffset? OutcomeSince { get; init; }

    /// <summary>The next action that is due; null when there is none.</summary>
    public Due? Due { get; init; }

    /// <summary>The actions that are overdue; null when none is.</summary>
    public IReadOnlyList<Overdue>? Overdue { get; init; }

    /// <summary>Increases while a version waits: of two entries of the same version, the one with more marks is newer.</summary>
    [JsonIgnore]
    public int Marks => (Overdue?.Count ?? 0) + (OutcomeSince is null ? 0 : 1);

    /// <summary>The referrer still has to send or replace a letter. A letter that is only missing after the review is not owed.</summary>
    [JsonIgnore]
    public bool OwesLetter => Letter.Status is LetterStatus.NotDue or LetterStatus.Overdue && State switch
    {
        ReferralState.NotBooked or ReferralState.Booked or ReferralState.AwaitingTriage or ReferralState.DeferredToProvider =>
            Review != Review.Reviewed || HasUnreadableLetter,
        ReferralState.TriagedProviderToAction or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider => HasUnreadableLetter,
        _ => false,
    };

    [JsonIgnore]
    public bool HasUnreadableLetter => Problems?.Any(problem => problem is ProblemCode.LetterBlocked or ProblemCode.LetterNotScanned) == true;

    public bool IsOverdue(Overdue what) => Overdue?.Contains(what) == true;

    /// <summary>Sorts by priority, then by the oldest pathway start. The ordinal order of these keys is the order of every worklist.</summary>
    [JsonIgnore]
    public string SortKey => string.Create(
        CultureInfo.InvariantCulture, $"{(int)Priority}{PathwayStart.UtcDateTime:yyyyMMddHHmmssfff}{Ubrn}");

    public static WorklistEntry From(Referral referral) => new()
    {
        Ubrn = referral.Ubrn,
        Version = referral.Version,
        State = referral.State,
        Reason = referral.Reason,
        Priority = referral.Priority,
        Specialty = referral.Specialty,
        ClinicType = referral.ClinicType,
        Service = new ListedService(referral.Service.Id, referral.Service.Name, referral.Service.Provider),
        Patient = new ListedPatient(referral.Patient.NhsNumber, referral.Patient.Name, referral.Patient.BirthDate),
        Referrer = new ListedReferrer(referral.Referrer.Organisation, referral.Referrer.Clinician, referral.Referrer.User),
        Received = referral.Received,
        PathwayStart = referral.PathwayStart,
        RttBreach = Clocks.RttBreach(referral),
        DiagnosisDue = Clocks.DiagnosisDue(referral),
        Letter = Letter.From(referral, referral.Updated),
        Attachments = referral.Attachments.Count,
        AppointmentStart = referral.State == ReferralState.Booked ? referral.Appointment?.Start : null,
        Clinician = referral.State == ReferralState.Booked ? referral.Appointment?.Clinician : null,
        NamedClinician = referral.Criteria?.NamedClinician,
        Created = referral.Created,
        Updated = referral.Updated,
        LettersFirst = LetterRules.FirstAt(referral),
        LettersChanged = referral.LettersChangedAt,
        Review = referral.Review,
        ReviewSince = referral.AwaitsReview ? referral.ReviewSince ?? referral.Received : null,
        Problems = referral.Problems.Count == 0 ? null : [.. referral.Problems.Select(problem => problem.Code).Distinct()],
        StateSince = referral.StateSince ?? referral.Updated,
    };

    public static WorklistEntry From(Referral referral, PossibleDuplicates duplicates) =>
        From(referral) with { PossibleDuplicates = duplicates.Others.Count == 0 ? null : duplicates.Others };
}

/// <param name="Provider">The organisation that provides it, so that nobody takes it for a service of the same name; null in entries saved before.</param>
public sealed record ListedService(string Id, string? Name, string? Provider = null);

public sealed record ListedPatient(NhsNumber NhsNumber, string? Name, DateOnly? BirthDate)
{
    public override string ToString() => "Patient";
}

/// <param name="User">The user who sent the referral; null in entries written before this was stored.</param>
public sealed record ListedReferrer(string Organisation, string Clinician, string? User = null);
