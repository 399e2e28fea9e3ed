using System.Text.Json.Serialization;

namespace EReferrals.Status.Health;

[JsonConverter(typeof(LowerCaseConverter<OverallState>))]
public enum OverallState
{
    Ok,

    /// <summary>Something fails or needs an operator, but referrals are accepted and worklists can be read.</summary>
    Degraded,

    /// <summary>No referral can be accepted, no worklist can be read, or no canary has arrived for five minutes.</summary>
    Down,
}
