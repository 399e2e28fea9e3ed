using System.Text;

namespace EReferrals.Http.Requests;

/// <summary>Why an operator does something, for those who ask later: some words, and not only a full stop.</summary>
internal static class OperatorReason
{
    /// <summary>Characters without the spaces around them.</summary>
    internal const int Shortest = 10;

    private const int Longest = 500;

    /// <summary>The required member <c>reason</c>, which may have several lines.</summary>
    public static string? Read(JsonFields fields) => Read(fields, "reason", required: true);

    public static string? Read(JsonFields fields, string member, bool required = false, bool lines = true, int longest = Longest)
    {
        if (fields.Text(member, longest, required, lines) is not { } text) return null;
        if (HasWords(text)) return text;
        fields.Add(member, "INVALID_VALUE", $"'{member}' must say why, in at least {Shortest} characters, one of them a letter.");
        return null;
    }

    internal static bool HasWords(string text) => text.Trim().Length >= Shortest && text.EnumerateRunes().Any(Rune.IsLetter);
}
