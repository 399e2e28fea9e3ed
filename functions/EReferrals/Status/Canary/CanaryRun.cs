using EReferrals.Referrals.Values;

namespace EReferrals.Status.Canary;

/// <param name="Late">Canaries that were on the worklist when this run began, and their age at that time.</param>
public sealed record CanaryRun(CanarySample Sample, IReadOnlyDictionary<Ubrn, TimeSpan> Late);
