using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Patients;

/// <summary>
/// What was corrected, for the history: hashes by which somebody who has the values can prove what they were. The number of the referral goes into
/// them, so that those of two referrals tell nothing of each other.
/// </summary>
/// <param name="Before">SHA-256, lower-case hex.</param>
/// <param name="After">SHA-256, lower-case hex.</param>
public sealed record PatientCorrection(string Before, string After)
{
    public static PatientCorrection From(Ubrn ubrn, Patient before, Patient after) => new(HashOf(ubrn, before), HashOf(ubrn, after));

    private static string HashOf(Ubrn ubrn, Patient patient) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{ubrn}\n{patient.NhsNumber.Reveal()}\n{patient.FamilyName}\n{patient.GivenName}\n{patient.BirthDate:yyyy-MM-dd}"))));
}
