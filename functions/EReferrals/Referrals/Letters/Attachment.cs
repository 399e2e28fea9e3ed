using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Letters;

/// <summary>An uploaded file. Its bytes never change. Its scan status and the referral that it is linked to can.</summary>
public sealed record Attachment
{
    /// <summary>A version 4 UUID in lower case.</summary>
    public required string Id { get; init; }

    /// <summary>The sender's file name. It may contain a patient's name, so it must never be logged.</summary>
    public required string Name { get; init; }

    public required string ContentType { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Lower-case hex.</summary>
    public required string Sha256 { get; init; }

    public AttachmentStatus Status { get; init; } = AttachmentStatus.Pending;

    public required Actor UploadedBy { get; init; }

    public required DateTimeOffset UploadedAt { get; init; }

    /// <summary>The referral that the sender named at upload; null when the sender named none.</summary>
    public Ubrn? UploadedFor { get; init; }

    /// <summary>The referral that the attachment is linked to; null while it is not linked. An attachment is linked to one referral only.</summary>
    public Ubrn? LinkedTo { get; init; }

    /// <summary>When the scanner reached the verdict that set the present status; null before the first verdict.</summary>
    public DateTimeOffset? ScannedAt { get; init; }

    // The generated ToString would print the file name.
    public override string ToString() => $"Attachment {Id}";
}

/// <summary>In ascending order of precedence: of two verdicts on the same bytes the greater one applies, in whatever order they arrive.</summary>
[JsonConverter(typeof(CodeConverter<AttachmentStatus>))]
public enum AttachmentStatus
{
    Pending,
    ValidationFailed,
    Available,
    ThreatsFound,
}
