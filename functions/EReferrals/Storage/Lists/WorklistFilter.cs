using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Lists;

/// <summary>Which entries of a worklist to show. A member that is null does not filter.</summary>
public sealed record WorklistFilter(string? Service, string? Specialty, Priority? Priority, string? Clinician)
{
    public static WorklistFilter None { get; } = new(null, null, null, null);

    /// <summary>Whether the filter lets an entry through. The same rule as the table query applies.</summary>
    public bool Takes(WorklistEntry entry) =>
        (Service is null || entry.Service.Id == Service)
        && (Specialty is null || entry.Specialty == Specialty)
        && (Priority is null || entry.Priority == Priority)
        && (Clinician is null || entry.Referrer.Clinician == Clinician);
}
