using System.Text;

namespace EReferrals.Http.Requests;

/// <summary>Why an operator does something, for those who ask later: words, and not only a full stop.</summary>
internal static class OperatorReason
{
    private const int Longest = 500;

    /// <summary>The required member <c>reason</c>, which may have several lines.</summary>
    public static string? Read(JsonFields fields) => Read(fields, "reason", required: true);

    public static string? Read(JsonFields fields, string member, bool required = false, bool lines = true, int longest = Longest)
    {
        if (fields.Text(member, longest, required, lines) is not { } text) return null;
        if (text.EnumerateRunes().Any(Rune.IsLetter)) return text;
        fields.Add(member, "INVALID_VALUE", $"'{member}' must say why, in words.");
        return null;
    }
}
