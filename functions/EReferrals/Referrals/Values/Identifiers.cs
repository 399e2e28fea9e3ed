namespace EReferrals.Referrals.Values;

/// <summary>The formats of identifiers that other registers issue. A match does not mean that the identifier exists.</summary>
public static class Identifiers
{
    /// <summary>1-9 upper-case letters and digits.</summary>
    public static bool IsOdsCode(ReadOnlySpan<char> text) =>
        text.Length is >= 1 and <= 9 && AllOf(text, character => char.IsAsciiDigit(character) || char.IsAsciiLetterUpper(character));

    /// <summary>A user id of the Spine directory service: 12 digits.</summary>
    public static bool IsUserId(ReadOnlySpan<char> text) => text.Length == 12 && AllOf(text, char.IsAsciiDigit);

    /// <summary>An e-RS service id: 1-18 digits.</summary>
    public static bool IsServiceId(ReadOnlySpan<char> text) => text.Length is >= 1 and <= 18 && AllOf(text, char.IsAsciiDigit);

    /// <summary>Any text of letters, digits, hyphens and underscores, so that a caller may name a service that does not exist.</summary>
    public static bool IsServiceReference(string text) => text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    /// <summary>A UUID in lower case.</summary>
    public static bool IsAttachmentId(string text) => Guid.TryParseExact(text, "D", out var id) && id.ToString("D") == text;

    /// <summary>A SNOMED CT identifier: 6-18 digits, no leading zero, the last one a Verhoeff check digit.</summary>
    public static bool IsSnomed(ReadOnlySpan<char> text) =>
        text.Length is >= 6 and <= 18 && text[0] != '0' && AllOf(text, char.IsAsciiDigit) && Verhoeff.IsValid(text);

    /// <summary>A code of a published list, such as a specialty: 1-64 upper-case letters, digits and underscores.</summary>
    public static bool IsListCode(ReadOnlySpan<char> text) =>
        text.Length is >= 1 and <= 64
        && AllOf(text, character => char.IsAsciiDigit(character) || char.IsAsciiLetterUpper(character) || character == '_');

    private static bool AllOf(ReadOnlySpan<char> text, Func<char, bool> allowed)
    {
        foreach (var character in text)
        {
            if (!allowed(character)) return false;
        }

        return true;
    }
}
