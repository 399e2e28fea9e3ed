using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Letters;

/// <summary>A file as it was uploaded. Its bytes never change; its scan status and what it is linked to do.</summary>
public sealed record Attachment
{
    /// <summary>A version 4 UUID in lower case.</summary>
    public required string Id { get; init; }

    /// <summary>As the sender called it. People put patients' names into file names: never for a log.</summary>
    public required string Name { get; init; }

    public required string ContentType { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Lower-case hex.</summary>
    public required string Sha256 { get; init; }

    public AttachmentStatus Status { get; init; } = AttachmentStatus.Pending;

    public required Actor UploadedBy { get; init; }

    public required DateTimeOffset UploadedAt { get; init; }

    /// <summary>The referral that the sender named at upload; null when it named none.</summary>
    public Ubrn? UploadedFor { get; init; }

    /// <summary>The one referral that it was linked to; null until then.</summary>
    public Ubrn? LinkedTo { get; init; }

    /// <summary>When the verdict that gave the present status was reached; null while there is none.</summary>
    public DateTimeOffset? ScannedAt { get; init; }

    // The record's own text would print the file name.
    public override string ToString() => $"Attachment {Id}";
}

/// <summary>In rising order: of two verdicts on the same bytes the greater one holds, whichever comes first.</summary>
[JsonConverter(typeof(CodeConverter<AttachmentStatus>))]
public enum AttachmentStatus
{
    Pending,
    ValidationFailed,
    Available,
    ThreatsFound,
}
