using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>Something that was accepted and is not as it was sent, or not as it should be: for both sides to see, and for the referrer to mend.</summary>
/// <param name="Text">For people. Holds no patient data.</param>
/// <param name="Since">When it was found.</param>
public sealed record ReferralProblem(ProblemCode Code, string Text, DateTimeOffset Since);

[JsonConverter(typeof(CodeConverter<ProblemCode>))]
public enum ProblemCode
{
    AttachmentLeftOff,
    SpecialtyReplaced,
    ClinicTypeNotOffered,
    OutsideServiceLimits,

    /// <summary>A letter is malware, or could not be scanned: nobody can open it.</summary>
    LetterBlocked,

    /// <summary>A letter waits for the scanner longer than it should: nobody can open it yet.</summary>
    LetterNotScanned,
}
