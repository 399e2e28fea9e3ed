using EReferrals.Storage.Chains;

namespace EReferrals.Audit.Verification;

/// <summary>The blobs of a day that one answer is about.</summary>
internal sealed record VerifiedPart
{
    private readonly List<VerifiedBlob> _blobs = [];
    private readonly List<AuditFinding> _findings = [];
    private readonly HashSet<(string Account, string Blob)> _withEnd = [];
    private readonly HashSet<(string Account, string Blob)> _named = [];

    public IReadOnlyList<VerifiedBlob> Blobs => _blobs;

    public IReadOnlyList<AuditFinding> Findings => _findings;

    /// <summary>How many of the blobs have an end that none of them names.</summary>
    public int OpenEnds => _withEnd.Except(_named).Count();

    /// <summary>Whether no blob of the day comes after these.</summary>
    public bool IsAll { get; init; } = true;

    public void Add(AuditBlob blob, ChainCheck check, IReadOnlyList<ChainFinding> findings, DateTimeOffset? first, DateTimeOffset? last)
    {
        var verdict = findings.Count == 0 ? BlobVerdict.Whole : BlobVerdict.Broken;
        _blobs.Add(new VerifiedBlob(blob.Account, blob.Name, check.Entries, first, last, verdict));
        _findings.AddRange(findings.Select(finding => new AuditFinding(
            blob.Account,
            blob.Name,
            finding.FirstLine,
            finding.Line,
            finding.Fault,
            finding.Named is { } named ? new NamedBlob(named.Account, named.Blob) : null,
            VerificationRules.Message(finding))));
        if (check.End is not null) _withEnd.Add((blob.Account, blob.Name));
        if (check.After is { } after) _named.Add((after.Account, after.Blob));
    }
}
