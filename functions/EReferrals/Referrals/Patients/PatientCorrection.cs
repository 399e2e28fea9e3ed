using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Patients;

/// <summary>
/// The patient's details before and after a correction, as hashes for the history: a person who has the details can prove what they were. The
/// UBRN is part of each hash, so that the hashes of two referrals cannot be compared.
/// </summary>
/// <param name="Before">SHA-256, lower-case hex.</param>
/// <param name="After">SHA-256, lower-case hex.</param>
public sealed record PatientCorrection(string Before, string After)
{
    public static PatientCorrection From(Ubrn ubrn, Patient before, Patient after) => new(HashOf(ubrn, before), HashOf(ubrn, after));

    private static string HashOf(Ubrn ubrn, Patient patient) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{ubrn}\n{patient.NhsNumber.Reveal()}\n{patient.FamilyName}\n{patient.GivenName}\n{patient.BirthDate:yyyy-MM-dd}"))));
}
