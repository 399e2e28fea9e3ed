using System.Security.Cryptography;

namespace EReferrals.Storage.Chains;

/// <summary>
/// Verifies one blob, line by line, in constant memory. What the blob says of other blobs is returned for the caller to verify: <see cref="After"/>,
/// <see cref="Others"/> and <see cref="Listed"/>. After a fault it goes on from what the next seal says, so that a change does not condemn the rest.
/// </summary>
/// <param name="account">The account that the blob was read from.</param>
/// <param name="blob">The name that it was read under.</param>
internal sealed class ChainCheck(string account, string blob) : IDisposable
{
    // Each finding and each named end is a call or a line of an answer. Nothing that this service writes comes near it.
    private const int MostKept = 1000;

    private readonly List<ChainFinding> _findings = [];
    private readonly List<(int Line, ChainEnd End)> _others = [];
    private readonly List<(int Line, ListedLine.Blob Blob)> _listed = [];
    private IncrementalHash _hashing = Chain.Hashing(Chain.NoHash);
    private string _previous = Chain.NoHash;
    private int _line;
    private int _firstOfGroup = 1;
    private int _entriesBefore;
    private long? _group;

    public IReadOnlyList<ChainFinding> Findings => _findings;

    /// <summary>The end of the blob before this one; null for the first blob of a chain.</summary>
    public ChainEnd? After { get; private set; }

    /// <summary>The ends of other chains that this blob names, each with the line that names it.</summary>
    public IReadOnlyList<(int Line, ChainEnd End)> Others => _others;

    /// <summary>The blobs of other processes that this blob names, each with the line that names it.</summary>
    public IReadOnlyList<(int Line, ListedLine.Blob Blob)> Listed => _listed;

    public int Entries { get; private set; }

    /// <summary>The length in bytes up to the end of the last group with entries; 0 when there is none.</summary>
    public long EntriesLength { get; private set; }

    public int Lines => _line;

    public long Length { get; private set; }

    /// <param name="line">Without its line feed.</param>
    public void Add(ReadOnlySpan<byte> line)
    {
        _line++;
        Length += line.Length + 1;
        if (_line == 1 && Chain.IsHead(line)) AddHead(line);
        else if (Chain.IsListed(line)) AddListed(line);
        else if (Chain.IsSeal(line)) AddSeal(line);
        else AddEntry(line);
    }

    /// <param name="endsWithLineFeed">Whether the last line was complete.</param>
    public void Complete(bool endsWithLineFeed)
    {
        // A blob that was created and not yet written to is in order.
        if (_line == 0) return;
        if (_firstOfGroup <= _line || !endsWithLineFeed) Add(ChainFault.Unsealed, Math.Min(_firstOfGroup, _line));
    }

    public void Dispose() => _hashing.Dispose();

    private void AddHead(ReadOnlySpan<byte> line)
    {
        Hash(line);
        if (Chain.ReadHead(line) is not { } head)
        {
            Add(ChainFault.NotChained, _line);
            return;
        }

        if (head.Account != account || head.Blob != blob) Add(ChainFault.Misplaced, _line);
        After = head.After;
        _previous = head.After?.Hash ?? Chain.NoHash;
        _group = head.After?.Group ?? 0;
        _hashing.Dispose();
        _hashing = Chain.Hashing(_previous);
        Hash(line);
    }

    private void AddEntry(ReadOnlySpan<byte> line)
    {
        if (_line == 1) Add(ChainFault.NotChained, _line);
        Hash(line);
        Entries++;
    }

    private void AddListed(ReadOnlySpan<byte> line)
    {
        if (_line == 1) Add(ChainFault.NotChained, _line);
        Hash(line);
        // A line that cannot be read was changed, and the seal shows it.
        if (_listed.Count < MostKept && Chain.ReadListed(line) is { } blob) _listed.Add((_line, blob));
    }

    private void AddSeal(ReadOnlySpan<byte> line)
    {
        if (_line == 1) Add(ChainFault.NotChained, _line);
        if (Chain.ReadSeal(line, out var covered) is not { } seal)
        {
            // Not readable as a seal: the next one shows how far the damage reaches.
            Hash(line);
            Add(ChainFault.Altered, _firstOfGroup);
            return;
        }

        _hashing.AppendData(covered);
        var isNext = _group is null || seal.Group == _group + 1;
        var isRight = Chain.HashOf(_hashing) == seal.Hash;
        if (!isNext) Add(ChainFault.GroupsMissing, _firstOfGroup);
        else if (!isRight && _group is not null) Add(ChainFault.Altered, _firstOfGroup);
        if (_others.Count < MostKept) _others.AddRange((seal.Others ?? []).Select(end => (_line, end)));
        _group = seal.Group;
        _previous = seal.Hash!;
        if (Entries > _entriesBefore) EntriesLength = Length;
        _entriesBefore = Entries;
        _firstOfGroup = _line + 1;
        _hashing.Dispose();
        _hashing = Chain.Hashing(_previous);
    }

    private void Hash(ReadOnlySpan<byte> line)
    {
        _hashing.AppendData(line);
        _hashing.AppendData("\n"u8);
    }

    private void Add(ChainFault fault, int firstLine)
    {
        if (_findings.Count < MostKept) _findings.Add(new ChainFinding(fault, firstLine, _line));
    }
}
