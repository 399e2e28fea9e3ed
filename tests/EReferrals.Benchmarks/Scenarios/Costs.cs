namespace EReferrals.Benchmarks.Scenarios;

/// <summary>What the storage accounts are asked for, by length of list. <c>infra/CAPACITY.md</c> is computed from it.</summary>
/// <param name="Referrals">From the submission until it stands on its lists, all three of them as long.</param>
/// <param name="Readings">One referral opened, with its audit entry.</param>
/// <param name="Decisions">One referral accepted, until its lists show it.</param>
/// <param name="Snapshots">Of one list.</param>
internal sealed record Costs(List<CostAt> Referrals, List<CostAt> Readings, List<CostAt> Decisions, List<PollCost> Polls, List<CostAt> Snapshots);

internal sealed record CostAt(int ListLength, Cost Cost);

/// <param name="Readers">How many poll the list at the same moment.</param>
/// <param name="Changed">Of a list that changed since the last poll, without the append to the audit trail that all share who are answered at once.</param>
internal sealed record PollCost(int ListLength, int Readers, Cost Unchanged, Cost Changed);

/// <param name="Sent">Bytes of request bodies.</param>
/// <param name="Received">Bytes of response bodies.</param>
internal sealed record Cost(double Calls, double Sent, double Received, IReadOnlyDictionary<StorageCallKind, double> ByKind)
{
    public double Bytes => Sent + Received;

    /// <summary>What these calls are for one of so many things.</summary>
    public static Cost Of(IEnumerable<StorageCall> calls, int things)
    {
        var all = calls.ToArray();
        return new Cost(
            Each(all.Length), Math.Round(Each(all.Sum(call => call.Sent))), Math.Round(Each(all.Sum(call => call.Received))),
            all.CountBy(call => call.Kind).OrderBy(kind => kind.Key).ToDictionary(kind => kind.Key, kind => Each(kind.Value)));

        double Each(double sum) => Math.Round(sum / things, 3);
    }
}
