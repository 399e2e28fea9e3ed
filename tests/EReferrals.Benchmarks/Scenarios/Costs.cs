namespace EReferrals.Benchmarks.Scenarios;

/// <summary>Storage calls and bytes by length of list. <c>infra/CAPACITY.md</c> is computed from these figures.</summary>
/// <param name="Referrals">From the submission until the referral is on its three lists, which have the same length.</param>
/// <param name="Readings">One referral opened, with its audit entry.</param>
/// <param name="Decisions">One referral accepted, until its lists show it.</param>
/// <param name="Snapshots">One snapshot of a list.</param>
internal sealed record Costs(List<CostAt> Referrals, List<CostAt> Readings, List<CostAt> Decisions, List<PollCost> Polls, List<CostAt> Snapshots);

internal sealed record CostAt(int ListLength, Cost Cost);

/// <param name="Readers">Number of readers that poll the list at the same instant.</param>
/// <param name="Changed">
/// Cost of a poll when the list has changed since the last one. Excludes the audit append, which all responses of the same moment share.
/// </param>
internal sealed record PollCost(int ListLength, int Readers, Cost Unchanged, Cost Changed);

/// <param name="Sent">Bytes of request bodies.</param>
/// <param name="Received">Bytes of response bodies.</param>
internal sealed record Cost(double Calls, double Sent, double Received, IReadOnlyDictionary<StorageCallKind, double> ByKind)
{
    public double Bytes => Sent + Received;

    /// <summary>Returns the calls divided by the number of things.</summary>
    public static Cost Of(IEnumerable<StorageCall> calls, int things)
    {
        var all = calls.ToArray();
        return new Cost(
            Each(all.Length), Math.Round(Each(all.Sum(call => call.Sent))), Math.Round(Each(all.Sum(call => call.Received))),
            all.CountBy(call => call.Kind).OrderBy(kind => kind.Key).ToDictionary(kind => kind.Key, kind => Each(kind.Value)));

        double Each(double sum) => Math.Round(sum / things, 3);
    }
}
