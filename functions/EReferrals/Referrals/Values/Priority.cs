using System.Text.Json.Serialization;

namespace EReferrals.Referrals.Values;

/// <summary>In the order of a worklist. TWO_WEEK_WAIT is the wire code of what is now called urgent suspected cancer.</summary>
[JsonConverter(typeof(CodeConverter<Priority>))]
public enum Priority
{
    TwoWeekWait,
    Urgent,
    Routine,
}
