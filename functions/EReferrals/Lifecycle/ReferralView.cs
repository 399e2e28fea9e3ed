using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Lifecycle;

/// <summary>A referral as the API shows it.</summary>
internal sealed record ReferralView
{
    public required Ubrn Ubrn { get; init; }

    public required int Version { get; init; }

    /// <summary>active, cancelled or completed.</summary>
    public required string Status { get; init; }

    public required ReferralState State { get; init; }

    public string? Reason { get; init; }

    public string? Comments { get; init; }

    public required Priority Priority { get; init; }

    public required PatientView Patient { get; init; }

    public required Referrer Referrer { get; init; }

    public required ReferredTo Service { get; init; }

    public string? Specialty { get; init; }

    public string? ClinicType { get; init; }

    public string? ClinicalReason { get; init; }

    public IReadOnlyList<string>? Snomed { get; init; }

    public required Letter Letter { get; init; }

    public IReadOnlyList<AttachmentView>? Attachments { get; init; }

    public Appointment? Appointment { get; init; }

    public required Review Review { get; init; }

    public required ClocksView Clocks { get; init; }

    /// <summary>The next action that is due; null when there is none.</summary>
    public Due? Due { get; init; }

    public IReadOnlyList<ReferralProblem>? Problems { get; init; }

    /// <summary>When the present provider first opened the referral; null for readers other than the referrer. Not covered by the ETag.</summary>
    public FirstView? FirstOpened { get; init; }

    /// <summary>
    /// The other open referrals of the patient to the service, oldest first; null when they are not known or the reader may not see them. Not covered by
    /// the ETag.
    /// </summary>
    public IReadOnlyList<Ubrn>? PossibleDuplicates { get; init; }

    /// <summary>
    /// True when the referral has left the reader's organisation, and this is the last version that it was sent; null when this is the present version.
    /// </summary>
    public bool? Past { get; init; }

    public required DateTimeOffset Received { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Updated { get; init; }

    public required LinksView Links { get; init; }

    /// <summary>The view for administrators, who arrange appointments but do not judge referrals.</summary>
    public ReferralView WithoutClinicalContent() =>
        this with { ClinicalReason = null, Snomed = null, Comments = null, Attachments = null, Problems = null };

    public static ReferralView From(Referral referral, IReadOnlyList<AttachmentView> attachments, DateTimeOffset now) => new()
    {
        Ubrn = referral.Ubrn,
        Version = referral.Version,
        Status = Code.From(referral.Status).ToLowerInvariant(),
        State = referral.State,
        Reason = referral.Reason,
        Comments = referral.Comments,
        Priority = referral.Priority,
        Patient = new PatientView(referral.Patient.NhsNumber, referral.Patient.FamilyName, referral.Patient.GivenName, referral.Patient.BirthDate),
        Referrer = referral.Referrer,
        Service = referral.Service,
        Specialty = referral.Specialty,
        ClinicType = referral.ClinicType,
        ClinicalReason = referral.ClinicalReason,
        Snomed = referral.Snomed,
        Letter = Letter.From(referral, now),
        Attachments = attachments,
        Appointment = referral.Appointment,
        Review = referral.Review,
        Clocks = new ClocksView(referral.PathwayStart, Referrals.Values.Clocks.RttBreach(referral), Referrals.Values.Clocks.DiagnosisDue(referral)),
        Problems = referral.Problems.Count == 0 ? null : referral.Problems,
        Received = referral.Received,
        Created = referral.Created,
        Updated = referral.Updated,
        Links = LinksView.From(referral.Ubrn),
    };
}

internal sealed record PatientView(NhsNumber NhsNumber, string? FamilyName, string? GivenName, DateOnly? BirthDate)
{
    public override string ToString() => "Patient";
}

internal sealed record AttachmentView(
    string Id,
    string Name,
    string ContentType,
    long Size,
    string Sha256,
    AttachmentStatus Status,
    AttachmentType Type,
    ActorView AttachedBy,
    DateTimeOffset AttachedAt)
{
    public static AttachmentView From(LinkedAttachment linked, AttachmentStatus status) => new(
        linked.Id, linked.Name, linked.ContentType, linked.Size, linked.Sha256, status, linked.Type, ActorView.From(linked.AttachedBy), linked.AttachedAt);

    public override string ToString() => $"Attachment {Id}";
}

internal sealed record ClocksView(DateTimeOffset PathwayStart, DateOnly RttBreach, DateOnly? DiagnosisDue);

internal sealed record LinksView(string Self, string History)
{
    public static LinksView From(Ubrn ubrn) => new($"/v1/referrals/{ubrn}", $"/v1/referrals/{ubrn}/history");
}
