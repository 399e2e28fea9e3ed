namespace EReferrals.Benchmarks.Load;

/// <summary>The result of the load generator, as one line of JSON.</summary>
internal sealed record LoadResult(IReadOnlyList<FlowResult> Flows, FollowResult? Follow, double Seconds, double GeneratorCores)
{
    public FlowResult this[string flow] => Flows.Single(result => result.Name == flow);

    public IEnumerable<string> Accepted => Flows.SelectMany(flow => flow.Accepted);
}

/// <param name="Unknown">Requests without a response. They may have been carried out.</param>
/// <param name="BareSheds">429 and 503 responses without Retry-After.</param>
/// <param name="Accepted">The UBRNs of all 202 responses.</param>
internal sealed record FlowResult(
    string Name, double Seconds, IReadOnlyDictionary<int, Latency> ByStatus, int Unknown, int BareSheds, IReadOnlyList<string> Accepted)
{
    public int Count(params int[] statuses) => statuses.Sum(status => ByStatus.TryGetValue(status, out var latency) ? latency.Count : 0);

    public int Answered => ByStatus.Values.Sum(latency => latency.Count);

    public double PerSecond(params int[] statuses) => Count(statuses) / Seconds;

    public Latency Of(int status) => ByStatus.GetValueOrDefault(status) ?? Latency.None;

    public int ServerErrors => ByStatus.Where(pair => pair.Key is >= 500 and not 503).Sum(pair => pair.Value.Count);
}

/// <summary>Milliseconds from the due time of a request until its response was read.</summary>
internal sealed record Latency(int Count, double P50, double P95, double P99, double Max)
{
    public static Latency None { get; } = new(0, 0, 0, 0, 0);

    public static Latency Of(IEnumerable<double> milliseconds)
    {
        var ordered = milliseconds.Order().ToArray();
        return ordered.Length == 0 ? None : new Latency(ordered.Length, At(0.5), At(0.95), At(0.99), ordered[^1]);

        double At(double share) => ordered[Math.Min(ordered.Length - 1, (int)Math.Ceiling(ordered.Length * share) - 1)];
    }
}

/// <param name="Visible">Milliseconds from the due time of a submission until a reader of the feed saw the referral.</param>
internal sealed record FollowResult(Latency Visible, int Missing, int Doubled);
