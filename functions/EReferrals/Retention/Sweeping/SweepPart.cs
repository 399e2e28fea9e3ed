using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Retention.Sweeping;

/// <summary>The parts of a pass of the sweeper, in order.</summary>
[JsonConverter(typeof(CodeConverter<SweepPart>))]
public enum SweepPart
{
    Erasures,
    Keys,
    DeadLetters,
    Feeds,
    Referrals,
    Files,
}
