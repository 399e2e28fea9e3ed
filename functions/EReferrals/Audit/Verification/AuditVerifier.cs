using System.Globalization;
using System.Text.Json;
using EReferrals.Storage.Chains;

namespace EReferrals.Audit.Verification;

/// <summary>Verifies blobs of the audit trail, hour by hour and in each hour by account and name. Reads only, and takes no lease: writers go on.</summary>
public sealed class AuditVerifier(AuditReader reader, TimeProvider clock)
{
    /// <summary>Well below the time limit of a request, because it is looked at between blobs, and the largest takes about two seconds.</summary>
    internal static readonly TimeSpan Enough = TimeSpan.FromSeconds(3);

    private const int MostFindings = 200;

    /// <summary>The blobs after <paramref name="after"/>, at most <paramref name="limit"/> of them.</summary>
    /// <param name="after">The last blob of the answer before; null to begin with the first of the day.</param>
    internal async Task<VerifiedPart> VerifyAsync(DateOnly day, AuditBlob? after, int limit, CancellationToken cancellationToken)
    {
        var part = new VerifiedPart();
        var listed = new ListedBlobs(reader);
        var start = clock.GetTimestamp();
        for (var hour = after is null ? 0 : HourOf(after); hour < 24; hour++)
        {
            await foreach (var blob in reader.BlobsAsync(new DateTimeOffset(day, new TimeOnly(hour, 0), TimeSpan.Zero), cancellationToken))
            {
                if (after is not null && HourOf(after) == hour && Compare(blob, after) <= 0) continue;
                var isEnough = part.Blobs.Count == limit || part.Findings.Count >= MostFindings || clock.GetElapsedTime(start) > Enough;
                if (isEnough && part.Blobs.Count > 0) return part with { IsAll = false };
                await VerifyAsync(blob, part, listed, cancellationToken);
            }
        }

        return part;
    }

    internal static int HourOf(AuditBlob blob) => int.Parse(blob.Name.AsSpan("yyyy/MM/dd/".Length, 2), CultureInfo.InvariantCulture);

    private static int Compare(AuditBlob one, AuditBlob other) => one.Account == other.Account
        ? string.CompareOrdinal(one.Name, other.Name)
        : string.CompareOrdinal(one.Account, other.Account);

    private async Task VerifyAsync(AuditBlob blob, VerifiedPart part, ListedBlobs listed, CancellationToken cancellationToken)
    {
        using var check = new ChainCheck(blob.Account, blob.Name);
        ReadOnlyMemory<byte> first = default, last = default;
        var findings = new List<ChainFinding>();
        try
        {
            var isComplete = true;
            await foreach (var line in reader.LinesAsync(blob, cancellationToken))
            {
                check.Add(line.Bytes.Span);
                isComplete = line.IsComplete;
                if (!line.IsEntry) continue;
                if (first.IsEmpty) first = line.Bytes;
                last = line.Bytes;
            }

            check.Complete(isComplete);
        }
        catch (InvalidDataException)
        {
            findings.Add(new ChainFinding(ChainFault.Altered, check.Lines + 1, check.Lines + 1));
        }
        catch (FileNotFoundException)
        {
            findings.Add(new ChainFinding(ChainFault.BlobRemoved, 1, 1, new ChainEnd(blob.Account, blob.Name, 0, Chain.NoHash, 0)));
        }

        findings.InsertRange(0, check.Findings);
        if (check.After is { } after) await LookAsync(after, 1, isLast: true);
        foreach (var (line, end) in check.Others) await LookAsync(end, line, isLast: false);
        foreach (var (line, named) in check.Listed)
        {
            if (await listed.FindAsync(named, cancellationToken) is not { } fault) continue;
            findings.Add(new ChainFinding(fault, line, line, new ChainEnd(named.Account, named.Name, 0, Chain.NoHash, named.Length)));
        }

        part.Add(blob, check, findings, InstantOf(first), InstantOf(last));

        async Task LookAsync(ChainEnd end, int line, bool isLast)
        {
            if (await reader.FindAsync(end, isLast, cancellationToken) is { } fault) findings.Add(new ChainFinding(fault, line, line, end));
        }
    }

    private static DateTimeOffset? InstantOf(ReadOnlyMemory<byte> entry)
    {
        try
        {
            return entry.IsEmpty ? null : JsonSerializer.Deserialize(entry.Span, AuditJson.Default.AuditEntry)?.At;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
