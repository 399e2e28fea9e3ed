using System.Text.Json.Serialization;

namespace EReferrals.Audit.Search;

/// <param name="Changes">Who changed the referral in the period. Null in an answer to a cursor: the first one has them all.</param>
/// <param name="LacksChanges">True when the changes and the ids of the files could not be read; otherwise null.</param>
/// <param name="SearchedDay">The day (UTC) that the search has reached; null when it is finished.</param>
/// <param name="Next">The cursor with which the search goes on; null when it is finished.</param>
internal sealed record AuditEntries(
    IReadOnlyList<SeenEntry> Entries,
    IReadOnlyList<SeenChange>? Changes,
    bool? LacksChanges,
    DateOnly? SearchedDay,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next);
