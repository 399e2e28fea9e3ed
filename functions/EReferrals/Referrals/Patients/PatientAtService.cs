using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Patients;

/// <summary>
/// The key under which the open referrals of one patient to one service are stored. It contains 24 bits of a hash instead of the NHS number. A few
/// patients share each value, so a key in the log of a store identifies no patient.
/// </summary>
/// <param name="Mark">Six hex digits.</param>
public sealed record PatientAtService(string Service, string Mark)
{
    private const int HexDigits = 6;

    public static PatientAtService From(Referral referral) => new(referral.Service.Id, MarkOf(referral.Service.Id, referral.Patient.NhsNumber));

    private static string MarkOf(string service, NhsNumber patient) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{service}\n{patient.Reveal()}"))))[..HexDigits];
}
