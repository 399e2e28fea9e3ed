using EReferrals.Storage.Chains;

namespace EReferrals.Audit.Verification;

/// <summary>The blobs of a day that one answer is about.</summary>
internal sealed record VerifiedPart
{
    private readonly List<VerifiedBlob> _blobs = [];
    private readonly List<AuditFinding> _findings = [];
    private readonly Dictionary<AuditBlob, long> _entriesEnd = [];
    private readonly Dictionary<AuditBlob, long> _namedEnd = [];

    public IReadOnlyList<VerifiedBlob> Blobs => _blobs;

    public IReadOnlyList<AuditFinding> Findings => _findings;

    /// <summary>How many of the blobs have entries after the last end that one of the blobs names.</summary>
    public int OpenEnds => _entriesEnd.Count(blob => blob.Value > _namedEnd.GetValueOrDefault(blob.Key));

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
        if (check.Entries > 0) _entriesEnd[blob] = check.EntriesLength;
        foreach (var end in check.Others.Select(other => other.End).Concat(check.After is { } after ? [after] : []))
        {
            var named = new AuditBlob(end.Account, end.Blob);
            _namedEnd[named] = Math.Max(end.Length, _namedEnd.GetValueOrDefault(named));
        }
    }
}
