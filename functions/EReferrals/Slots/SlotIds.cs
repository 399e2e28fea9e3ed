using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Referrals.Values;

namespace EReferrals.Slots;

/// <summary>The ids of slots for which the provider sent none.</summary>
internal static class SlotIds
{
    private const char Separator = '-';
    private const int Digits = 16;

    /// <summary>
    /// Returns an id that depends only on the values of the slot, so that a repeated upload adds nothing.
    /// </summary>
    /// <param name="occurrence">0 for the first slot with these values in an upload, 1 for the second, and so on.</param>
    public static string Create(string service, DateTimeOffset start, DateTimeOffset end, Priority priority, string? clinician, int occurrence)
    {
        var values = string.Create(
            CultureInfo.InvariantCulture, $"{start.UtcDateTime:O}\n{end.UtcDateTime:O}\n{Code.From(priority)}\n{clinician}\n{occurrence}");
        return $"{service}{Separator}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(values)))[..Digits]}";
    }

    /// <summary>Returns the service of an id that <see cref="Create"/> could have made; null for any other id.</summary>
    public static string? ServiceOf(string id) =>
        id.Split(Separator) is [var service, { Length: Digits } rest] && Identifiers.IsServiceId(service) && rest.All(char.IsAsciiHexDigitLower)
            ? service
            : null;
}
