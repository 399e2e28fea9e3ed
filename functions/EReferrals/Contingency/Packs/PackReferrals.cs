using System.IO.Compression;
using EReferrals.Audit.Contents;
using EReferrals.Referrals.Values;

namespace EReferrals.Contingency.Packs;

/// <summary>Which referrals a pack shows: those of its lists, which the CSV files have. Every sheet in the pack is of one of them.</summary>
internal static class PackReferrals
{
    private const string Lists = "lists/";

    // The size of the record at the end of every ZIP. A stream from storage cannot be searched from before its beginning.
    private const int SmallestZip = 22;

    /// <summary>None when the stream is no ZIP: what nobody can open shows nobody.</summary>
    public static async Task<ListedReferrals> ReadAsync(Stream pack, CancellationToken cancellationToken)
    {
        if (pack.Length < SmallestZip) return ListedReferrals.None;
        try
        {
            return await ReadListsAsync(pack, cancellationToken);
        }
        catch (InvalidDataException)
        {
            return ListedReferrals.None;
        }
    }

    private static async Task<ListedReferrals> ReadListsAsync(Stream pack, CancellationToken cancellationToken)
    {
        var ubrns = new HashSet<Ubrn>();
        await using var zip = await ZipArchive.CreateAsync(pack, ZipArchiveMode.Read, leaveOpen: true, entryNameEncoding: null, cancellationToken);
        foreach (var entry in zip.Entries.Where(IsList))
        {
            using var list = new StreamReader(await entry.OpenAsync(cancellationToken));
            while (await list.ReadLineAsync(cancellationToken) is { } line)
            {
                // The UBRN is the first field. A line of a longer text that happens to begin with twelve digits does no harm.
                if (line.Length > Ubrn.Length && line[Ubrn.Length] == ',' && Ubrn.TryParse(line[..Ubrn.Length], out var ubrn)) ubrns.Add(ubrn);
            }
        }

        return ListedReferrals.From(ubrns);
    }

    private static bool IsList(ZipArchiveEntry entry) =>
        entry.FullName.StartsWith(Lists, StringComparison.Ordinal) && entry.Name.EndsWith(".csv", StringComparison.Ordinal);
}
