using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>Something in an accepted referral that differs from the submission or needs attention. Both sides see it; the referrer can correct it.</summary>
/// <param name="Text">Text for people. Contains no patient data.</param>
/// <param name="Since">When the problem was found.</param>
public sealed record ReferralProblem(ProblemCode Code, string Text, DateTimeOffset Since);

[JsonConverter(typeof(CodeConverter<ProblemCode>))]
public enum ProblemCode
{
    AttachmentLeftOff,
    SpecialtyReplaced,
    ClinicTypeNotOffered,
    OutsideServiceLimits,

    /// <summary>A letter contains malware or could not be scanned, so it cannot be opened.</summary>
    LetterBlocked,

    /// <summary>A letter has waited too long for the scanner, so it cannot be opened yet.</summary>
    LetterNotScanned,
}
