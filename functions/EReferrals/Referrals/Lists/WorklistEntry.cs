using System.Globalization;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>A referral as a worklist shows it: everything that is needed to choose what to open next.</summary>
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

    /// <summary>How many.</summary>
    public required int Attachments { get; init; }

    public DateTimeOffset? AppointmentStart { get; init; }

    public required Review Review { get; init; }

    /// <summary>Since when a review is waited for; null when none is.</summary>
    public DateTimeOffset? ReviewSince { get; init; }

    /// <summary>What is wrong with it, by code; null when nothing is.</summary>
    public IReadOnlyList<ProblemCode>? Problems { get; init; }

    /// <summary>The other open referrals of the patient to the service, oldest first; null when there are none, or none were known when it was written.</summary>
    public IReadOnlyList<Ubrn>? PossibleDuplicates { get; init; }

    /// <summary>Since when it has been in this state at this service; null in an entry that was written before this was kept.</summary>
    public DateTimeOffset? StateSince { get; init; }

    /// <summary>Since when it is waited to hear what became of the appointment; null while its day has not passed.</summary>
    public DateTimeOffset? OutcomeSince { get; init; }

    /// <summary>What must be done next; null when nothing must.</summary>
    public Due? Due { get; init; }

    /// <summary>What has been waited for too long; null when nothing has.</summary>
    public IReadOnlyList<Overdue>? Overdue { get; init; }

    /// <summary>Grows while a version waits: of two entries of one version the one with more marks is newer.</summary>
    [JsonIgnore]
    public int Marks => (Overdue?.Count ?? 0) + (OutcomeSince is null ? 0 : 1);

    /// <summary>A letter is waited for, and not only missing.</summary>
    [JsonIgnore]
    public bool OwesLetter => Letter.Status is LetterStatus.NotDue or LetterStatus.Overdue && State switch
    {
        ReferralState.NotBooked or ReferralState.Booked or ReferralState.AwaitingTriage or ReferralState.DeferredToProvider =>
            Review != Review.Reviewed || HasUnreadableLetter,
        ReferralState.TriagedProviderToAction or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider => HasUnreadableLetter,
        _ => false,
    };

    private bool HasUnreadableLetter => Problems?.Any(problem => problem is ProblemCode.LetterBlocked or ProblemCode.LetterNotScanned) == true;

    public bool IsOverdue(Overdue what) => Overdue?.Contains(what) == true;

    /// <summary>Priority first, then oldest pathway start: the ordinal order of these keys is the order of every worklist.</summary>
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
        Service = new ListedService(referral.Service.Id, referral.Service.Name),
        Patient = new ListedPatient(referral.Patient.NhsNumber, referral.Patient.Name, referral.Patient.BirthDate),
        Referrer = new ListedReferrer(referral.Referrer.Organisation, referral.Referrer.Clinician),
        Received = referral.Received,
        PathwayStart = referral.PathwayStart,
        RttBreach = Clocks.RttBreach(referral),
        DiagnosisDue = Clocks.DiagnosisDue(referral),
        Letter = Letter.From(referral, referral.Updated),
        Attachments = referral.Attachments.Count,
        AppointmentStart = referral.State == ReferralState.Booked ? referral.Appointment?.Start : null,
        Review = referral.Review,
        ReviewSince = referral.AwaitsReview ? referral.ReviewSince ?? referral.Received : null,
        Problems = referral.Problems.Count == 0 ? null : [.. referral.Problems.Select(problem => problem.Code).Distinct()],
        StateSince = referral.StateSince ?? referral.Updated,
    };

    public static WorklistEntry From(Referral referral, PossibleDuplicates duplicates) =>
        From(referral) with { PossibleDuplicates = duplicates.Others.Count == 0 ? null : duplicates.Others };
}

public sealed record ListedService(string Id, string? Name);

public sealed record ListedPatient(NhsNumber NhsNumber, string? Name, DateOnly? BirthDate)
{
    public override string ToString() => "Patient";
}

public sealed record ListedReferrer(string Organisation, string Clinician);
