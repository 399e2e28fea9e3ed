namespace EReferrals.Http.Compression;

/// <summary>Reads the header <c>Accept-Encoding</c>.</summary>
internal static class AcceptedCoding
{
    /// <param name="header">Null when the request has no such header.</param>
    /// <returns>Whether the header names the coding, with a weight other than 0.</returns>
    public static bool Takes(string? header, string coding) => (header ?? "").Split(',').Any(part =>
        part.Split(';', StringSplitOptions.TrimEntries) is [var name, .. var weights]
        && name.Equals(coding, StringComparison.OrdinalIgnoreCase)
        && !weights.Any(weight => weight.Replace(" ", "", StringComparison.Ordinal).TrimEnd('0', '.') is "q=" or "Q="));
}
