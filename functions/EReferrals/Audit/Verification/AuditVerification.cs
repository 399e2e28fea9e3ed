using System.Text.Json.Serialization;

namespace EReferrals.Audit.Verification;

/// <param name="Whole">Whether there is no finding in the blobs of this answer. False for a day without any blob: nobody can say that none was removed.</param>
/// <param name="Open">Whether the day is not over, so that its newest blobs are being written.</param>
/// <param name="OpenEnds">How many of these blobs have entries after the last end that one of them names.</param>
/// <param name="Next">The cursor of the next answer; null in the last one.</param>
internal sealed record AuditVerification(
    string Day,
    bool Whole,
    bool Open,
    int OpenEnds,
    IReadOnlyList<VerifiedBlob> Blobs,
    IReadOnlyList<AuditFinding> Findings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next);
