using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Resources;

/// <summary>The id of an appointment: the UBRN of its referral and its number, all digits, so that the id alone finds it.</summary>
internal static class AppointmentId
{
    public static string Of(Ubrn ubrn, AppointmentRecord record) => string.Create(CultureInfo.InvariantCulture, $"{ubrn}{record.Number}");

    public static bool TryParse([NotNullWhen(true)] string? id, out Ubrn ubrn, out int number)
    {
        (ubrn, number) = (default, 0);
        return id is { Length: > Ubrn.Length and <= Ubrn.Length + 6 }
            && Ubrn.TryParse(id[..Ubrn.Length], out ubrn)
            && id[Ubrn.Length] != '0'
            && int.TryParse(id.AsSpan(Ubrn.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
