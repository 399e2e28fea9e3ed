using System.Globalization;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Blobs;

/// <summary>The lists in a pack and their versions. An attachment that is not scanned yet makes the next run build the pack again.</summary>
public sealed class PackContents
{
    private readonly SortedDictionary<string, long> _versions = new(StringComparer.Ordinal);

    public int Referrals { get; set; }

    public bool HasPending { get; set; }

    public static PackContents From(IEnumerable<(WorklistName Worklist, long Version)> lists)
    {
        var contents = new PackContents();
        foreach (var (worklist, version) in lists) contents.Add(worklist.List, version);
        return contents;
    }

    /// <summary>The version of a list in the pack; null when the pack does not have the list.</summary>
    /// <param name="contents">What <see cref="ToString"/> returned.</param>
    public static long? VersionIn(string contents, Worklist list)
    {
        var start = $"{Code.From(list)}=";
        var text = contents.Split(';').FirstOrDefault(part => part.StartsWith(start, StringComparison.Ordinal));
        return text is not null && long.TryParse(text.AsSpan(start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
    }

    public void Add(Worklist list, long version) => _versions[Code.From(list)] = version;

    public override string ToString() =>
        string.Join(';', _versions.Select(list => string.Create(CultureInfo.InvariantCulture, $"{list.Key}={list.Value}"))) + (HasPending ? ";pending" : "");
}
