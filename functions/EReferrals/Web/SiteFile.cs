using EReferrals.Http.Compression;

namespace EReferrals.Web;

/// <summary>One file of the site: as it is, and compressed when the app was built.</summary>
internal sealed record SiteFile(string ContentType, string Tag, byte[] Plain, byte[]? Brotli, byte[]? Gzip)
{
    /// <summary>The best form for a reader: its bytes, and the name of its encoding, or null when it is not compressed.</summary>
    /// <param name="acceptEncoding">The header <c>Accept-Encoding</c>. A coding with the weight 0 is refused.</param>
    public (byte[] Bytes, string? Encoding) For(string? acceptEncoding)
    {
        if (Brotli is not null && AcceptedCoding.Takes(acceptEncoding, "br")) return (Brotli, "br");
        return Gzip is not null && AcceptedCoding.Takes(acceptEncoding, "gzip") ? (Gzip, "gzip") : (Plain, null);
    }
}
