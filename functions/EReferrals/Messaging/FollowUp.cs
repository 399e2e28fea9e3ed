using EReferrals.Referrals;

namespace EReferrals.Messaging;

/// <summary>What <c>referral-follow-up</c> carries: the lists that a change of this referral touches.</summary>
/// <param name="Version">The version that the change was to make; null when it has been waited for already.</param>
public sealed record FollowUp(Ubrn Ubrn, IReadOnlyList<string> Worklists, int? Version = null)
{
    public static FollowUp Of(Referral after, IEnumerable<WorklistChange> changes) =>
        new(after.Ubrn, [.. changes.Select(change => change.Worklist.ToString())], after.Version);
}
