using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EReferrals.Storage.Chains;

/// <summary>
/// Lines chained by hash. A blob begins with a head line, which names the blob itself and the end of the blob before it. Lines follow in groups, and a seal
/// line ends each group. The hash in a seal is the SHA-256 of the hash in the seal before it and of every byte of the group up to the hash itself. Lines can
/// also name blobs that other processes wrote, with the lengths that they have at least.
/// </summary>
internal static class Chain
{
    public const int HashLength = 2 * SHA256.HashSizeInBytes;

    /// <summary>The hash before the first group of a chain.</summary>
    public static readonly string NoHash = new('0', HashLength);

    private static ReadOnlySpan<byte> HeadStart => """{"chain":"""u8;

    private static ReadOnlySpan<byte> ListedStart => """{"listed":"""u8;

    private static ReadOnlySpan<byte> SealStart => """{"seal":"""u8;

    private static ReadOnlySpan<byte> HashStart => ",\"hash\":\""u8;

    private static ReadOnlySpan<byte> SealEnd => "\"}}"u8;

    /// <summary>The bytes to append to a blob, and the end of the chain when they are stored.</summary>
    /// <param name="last">The end of the chain so far. When it is in another blob, the new group begins this one.</param>
    /// <param name="lines">Complete lines: entries, or those of <see cref="LinesOf"/>; may be empty.</param>
    /// <param name="others">The ends to name in the seal.</param>
    public static (byte[] Bytes, ChainEnd End) Seal(string account, string blob, ChainEnd? last, ReadOnlySpan<byte> lines, IReadOnlyList<ChainEnd> others)
    {
        var bytes = new ArrayBufferWriter<byte>(lines.Length + 512);
        var begins = last?.Blob != blob;
        if (begins)
        {
            bytes.Write(JsonSerializer.SerializeToUtf8Bytes(new HeadLine(new(account, blob, last)), ChainJson.Default.HeadLine));
            bytes.Write("\n"u8);
        }

        bytes.Write(lines);
        var group = (last?.Group ?? 0) + 1;
        var seal = new SealLine(new(group, EntriesIn(lines), others.Count == 0 ? null : others, Hash: null));
        bytes.Write(JsonSerializer.SerializeToUtf8Bytes(seal, ChainJson.Default.SealLine).AsSpan()[..^2]);
        bytes.Write(HashStart);
        using var hashing = Hashing(last?.Hash ?? NoHash);
        hashing.AppendData(bytes.WrittenSpan);
        var hash = HashOf(hashing);
        bytes.Write(Encoding.ASCII.GetBytes(hash));
        bytes.Write(SealEnd);
        bytes.Write("\n"u8);
        return (bytes.WrittenSpan.ToArray(), new ChainEnd(account, blob, group, hash, (begins ? 0 : last!.Length) + bytes.WrittenCount));
    }

    /// <summary>The lines that name blobs of other processes.</summary>
    public static byte[] LinesOf(IEnumerable<ListedLine.Blob> blobs)
    {
        var lines = new ArrayBufferWriter<byte>();
        foreach (var blob in blobs)
        {
            lines.Write(JsonSerializer.SerializeToUtf8Bytes(new ListedLine(blob), ChainJson.Default.ListedLine));
            lines.Write("\n"u8);
        }

        return lines.WrittenSpan.ToArray();
    }

    /// <summary>Whether a line belongs to the chain itself and is no entry: a head, a seal or the name of a blob of another process.</summary>
    public static bool IsOfChain(ReadOnlySpan<byte> line) => IsHead(line) || IsListed(line) || IsSeal(line);

    internal static bool IsHead(ReadOnlySpan<byte> line) => line.StartsWith(HeadStart);

    internal static bool IsListed(ReadOnlySpan<byte> line) => line.StartsWith(ListedStart);

    internal static bool IsSeal(ReadOnlySpan<byte> line) => line.StartsWith(SealStart);

    /// <summary>A hash that continues the given one, to which the bytes of the next group are appended.</summary>
    internal static IncrementalHash Hashing(string previous)
    {
        var hashing = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hashing.AppendData(Encoding.ASCII.GetBytes(previous));
        return hashing;
    }

    internal static string HashOf(IncrementalHash hashing) => Convert.ToHexStringLower(hashing.GetHashAndReset());

    /// <summary>Null when the line is not a head as <see cref="Seal"/> writes it.</summary>
    internal static HeadLine.Head? ReadHead(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ChainJson.Default.HeadLine)?.Chain;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Null when the line is not one of <see cref="LinesOf"/>.</summary>
    internal static ListedLine.Blob? ReadListed(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ChainJson.Default.ListedLine)?.Listed;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The fields of a seal and the part of the line that its hash covers; null when the line is not a seal as <see cref="Seal"/> writes it.</summary>
    internal static SealLine.Ending? ReadSeal(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> covered)
    {
        covered = default;
        if (!IsSeal(line) || !line.EndsWith(SealEnd) || line.Length < HashLength + SealEnd.Length) return null;
        covered = line[..^(HashLength + SealEnd.Length)];
        if (!covered.EndsWith(HashStart)) return null;
        try
        {
            return JsonSerializer.Deserialize(line, ChainJson.Default.SealLine)?.Seal is { Hash: not null } seal ? seal : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The group number and hash of the seal that ends these bytes; null when they do not end with a seal.</summary>
    /// <param name="tail">The last bytes of a blob, or of a part of one.</param>
    public static (long Group, string Hash)? EndOf(ReadOnlySpan<byte> tail)
    {
        if (tail.IsEmpty || tail[^1] != (byte)'\n') return null;
        tail = tail[..^1];
        return ReadSeal(tail[(tail.LastIndexOf((byte)'\n') + 1)..], out _) is { } seal ? (seal.Group, seal.Hash!) : null;
    }

    /// <summary>Whether a blob contains an end that another blob names.</summary>
    /// <param name="part">The bytes of the blob from <paramref name="from"/>: up to that end and at least one more, if there are more.</param>
    /// <param name="isLast">Whether nothing may follow that end in the blob.</param>
    /// <returns>Null when it does; otherwise the fault.</returns>
    internal static ChainFault? Compare(ChainEnd end, bool isLast, ReadOnlySpan<byte> part, long from)
    {
        var length = (int)(end.Length - from);
        if (part.Length < length || (isLast && part.Length > length)) return ChainFault.EndChanged;
        return EndOf(part[..length]) == (end.Group, end.Hash) ? null : ChainFault.EndChanged;
    }

    private static int EntriesIn(ReadOnlySpan<byte> lines)
    {
        var entries = 0;
        for (var end = lines.IndexOf((byte)'\n'); end >= 0; end = lines.IndexOf((byte)'\n'))
        {
            if (!IsOfChain(lines[..end])) entries++;
            lines = lines[(end + 1)..];
        }

        return entries;
    }
}
