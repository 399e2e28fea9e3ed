using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Patients;

/// <summary>
/// Under what the open referrals of one patient to one service are found. The NHS number is not in it: 24 bits of a hash, which a few patients share, so
/// that a key in the log of a store tells of nobody.
/// </summary>
/// <param name="Mark">Six hex digits.</param>
public sealed record PatientAtService(string Service, string Mark)
{
    private const int HexDigits = 6;

    public static PatientAtService From(Referral referral) => new(referral.Service.Id, MarkOf(referral.Service.Id, referral.Patient.NhsNumber));

    private static string MarkOf(string service, NhsNumber patient) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{service}\n{patient.Reveal()}"))))[..HexDigits];
}
