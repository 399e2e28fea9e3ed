using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Lists;

/// <param name="Entry">Null when the referral left the list.</param>
public sealed record ListedChange(Ubrn Ubrn, int Version, WorklistEntry? Entry);

/// <param name="Version">The list's version after these changes.</param>
public sealed record ChangeBatch(long Version, IReadOnlyList<ListedChange> Changes);
