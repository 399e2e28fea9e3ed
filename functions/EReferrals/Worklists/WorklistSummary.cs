using System.Text.Json.Serialization;
using EReferrals.Referrals.Lists;

namespace EReferrals.Worklists;

internal sealed record WorklistSummary(
    Worklist List, int Count, int Overdue, long Version, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? Oldest);
