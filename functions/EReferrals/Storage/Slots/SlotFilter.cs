using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Slots;

/// <param name="From">Only slots that start at or after this instant.</param>
/// <param name="To">Only slots that start before this instant; null for no limit.</param>
/// <param name="OpenAt">Only slots that are free at this instant or whose reservation has expired; null for all.</param>
public sealed record SlotFilter(
    DateTimeOffset From, DateTimeOffset? To = null, Priority? Priority = null, string? Clinician = null, DateTimeOffset? OpenAt = null);
