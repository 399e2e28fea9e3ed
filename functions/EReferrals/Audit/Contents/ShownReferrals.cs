namespace EReferrals.Audit.Contents;

/// <summary>The referrals that an answer showed, by their digests.</summary>
/// <param name="Count">How many the whole answer showed.</param>
/// <param name="Key">The id of the key of the digests: the day from which it was used.</param>
/// <param name="Digests">The digests of this entry one after another, of twelve characters each: see <see cref="UbrnDigest"/>.</param>
public sealed record ShownReferrals(int Count, string Key, string Digests)
{
    /// <summary>Which part this entry has of an answer that needs several entries, from 1; null when one entry has all.</summary>
    public int? Part { get; init; }

    internal bool Has(string digest)
    {
        for (var at = 0; at + UbrnDigest.Length <= Digests.Length; at += UbrnDigest.Length)
        {
            if (Digests.AsSpan(at, UbrnDigest.Length).SequenceEqual(digest)) return true;
        }

        return false;
    }
}
