using System.Text.Json.Serialization;

namespace EReferrals.Status.Health;

[JsonConverter(typeof(LowerCaseConverter<OverallState>))]
public enum OverallState
{
    Ok,

    /// <summary>Something fails or needs people; referrals are accepted and worklists can be read.</summary>
    Degraded,

    /// <summary>Nothing can be accepted, or no worklist can be read.</summary>
    Down,
}
