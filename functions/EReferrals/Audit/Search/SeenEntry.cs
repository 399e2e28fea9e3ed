namespace EReferrals.Audit.Search;

/// <summary>An audit entry about a referral, without the digests of the other referrals that the same answer showed.</summary>
/// <param name="Shown">How many referrals the answer showed; null when it was about this one alone.</param>
/// <param name="Count">How many refusals of a minute the entry sums up; null for an entry about one call.</param>
internal sealed record SeenEntry(
    Guid Id,
    DateTimeOffset At,
    AuditedAction What,
    string? User,
    string? Organisation,
    string? Role,
    string? OnBehalfOf,
    string? Worklist,
    string? Attachment,
    string? Link,
    DateTimeOffset? ReadAt,
    string? Source,
    string? Service,
    string? DeadLetter,
    string? Transfer,
    long? Version,
    string? Filters,
    string? Range,
    int? Shown,
    int? Count,
    string Function,
    string Outcome,
    string CorrelationId,
    string RequestId)
{
    public static SeenEntry From(AuditEntry entry) => new(
        entry.Id, entry.At, entry.What, entry.User, entry.Organisation, entry.Role, entry.OnBehalfOf, entry.Worklist, entry.Attachment, entry.Link,
        entry.ReadAt, entry.Source, entry.Service, entry.DeadLetter, entry.Transfer, entry.Version, entry.Filters, entry.Range, entry.Shown?.Count,
        entry.Count, entry.Function, entry.Outcome, entry.CorrelationId, entry.RequestId);
}
