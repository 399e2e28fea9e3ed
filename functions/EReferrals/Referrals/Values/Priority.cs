using System.Text.Json.Serialization;

namespace EReferrals.Referrals.Values;

/// <summary>In worklist order. TWO_WEEK_WAIT is the wire code for urgent suspected cancer, the present name.</summary>
[JsonConverter(typeof(CodeConverter<Priority>))]
public enum Priority
{
    TwoWeekWait,
    Urgent,
    Routine,
}
