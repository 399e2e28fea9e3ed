using EReferrals.Storage.Chains;

namespace EReferrals.Audit.Verification;

/// <summary>
/// Looks for the blobs that other processes named, for one answer. Many processes name the same blob, so that each hour is listed once, and a blob that is
/// missing or too short is looked up and reported once.
/// </summary>
internal sealed class ListedBlobs(AuditReader reader)
{
    private readonly HashSet<(string Account, DateTimeOffset Hour)> _listed = [];
    private readonly Dictionary<AuditBlob, long> _lengths = [];
    private readonly HashSet<AuditBlob> _reported = [];

    /// <summary>Null when the blob has at least the length that is named, or when it was reported before; otherwise the fault.</summary>
    public async Task<ChainFault?> FindAsync(ListedLine.Blob named, CancellationToken cancellationToken)
    {
        // A blob that was tampered with can name anything.
        if (named is not { Account: AuditAccounts.Audit or AuditAccounts.Reserve, Name.Length: > 0 }) return ChainFault.EndChanged;
        var blob = new AuditBlob(named.Account, named.Name);
        if (_reported.Contains(blob) || await ListedLengthAsync(blob, cancellationToken) >= named.Length) return null;

        // It may have been created or have grown since its hour was listed.
        var length = await reader.LengthAsync(blob, cancellationToken);
        if (length is { } found) _lengths[blob] = found;
        if (length >= named.Length) return null;
        _reported.Add(blob);
        return length is null ? ChainFault.BlobRemoved : ChainFault.EndChanged;
    }

    private async Task<long> ListedLengthAsync(AuditBlob blob, CancellationToken cancellationToken)
    {
        if (AuditReader.HourOf(blob.Name) is { } hour && _listed.Add((blob.Account, hour)))
        {
            foreach (var (name, length) in await reader.LengthsAsync(blob.Account, hour, cancellationToken)) _lengths[blob with { Name = name }] = length;
        }

        return _lengths.GetValueOrDefault(blob, -1);
    }
}
