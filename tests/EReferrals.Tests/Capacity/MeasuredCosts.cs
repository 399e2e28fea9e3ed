using System.Text.Json;

namespace EReferrals.Tests.Capacity;

/// <summary>
/// Storage calls that the cost scenario of the benchmark counted with lists of a thousand entries, longer than a hospital's. Rounded, so that a repeated run
/// does not change them.
/// </summary>
internal sealed class MeasuredCosts
{
    private const int ListLength = 1_000;

    private readonly JsonElement _costs;

    private MeasuredCosts(JsonElement costs) => _costs = costs;

    public static MeasuredCosts Recorded { get; } = new(JsonDocument.Parse(File.ReadAllBytes(
        Path.Combine(Repository.Root, "tests", "EReferrals.Benchmarks", "results", "cost.json"))).RootElement);

    /// <summary>
    /// CPU time of the two most frequent requests, in the worker and the local host: accepting a referral 0.18 and 0.09 ms, a poll 0.21 and 0.10 ms. Doubled
    /// and rounded up.
    /// </summary>
    public static Assumption ProcessorOfARequest { get; } = new(
        "Processor time of one request, host and worker", 1, "ms",
        "measured 0.27 for an accepted referral, 0.31 for a poll, with the local host; doubled for Azure's host and TLS");

    public Assumption CallsOfAReferral => Calls("Storage calls of one referral, onto three lists", OfAThousand("referrals").GetProperty("cost"));

    public Assumption CallsOfADecision => Calls("Storage calls of one decision, lists included", OfAThousand("decisions").GetProperty("cost"));

    public Assumption CallsOfAReading => Calls("Storage calls of one detail read, audit included", OfAThousand("readings").GetProperty("cost"));

    public Assumption CallsOfAnUnchangedPoll =>
        Calls("Storage calls of a poll that finds nothing new, by a reader who is alone", OfOneReader().GetProperty("unchanged"));

    public Assumption CallsOfAChangedPoll => Calls("Storage calls of a list that has changed, by a reader who is alone", OfOneReader().GetProperty("changed"));

    public Assumption CallsOfASnapshot => Calls("Storage calls of one snapshot", OfAThousand("snapshots").GetProperty("cost"));

    public Assumption WritesOfASnapshot => Measured(
        "Blob writes of one snapshot", Math.Round(Number(OfAThousand("snapshots").GetProperty("cost").GetProperty("byKind").GetProperty("blobWrite"))), "");

    public Assumption SnapshotBytesAnEntry => Measured(
        "Written in a snapshot for one entry: JSON, CSV and page",
        Math.Round(
            Number(OfAThousand("snapshots").GetProperty("cost").GetProperty("sent")) / Number(OfAThousand("snapshots").GetProperty("listLength")) / 100) * 100,
        "bytes");

    private static Assumption Calls(string name, JsonElement use) => Measured(name, Math.Round(Number(use.GetProperty("calls"))), "");

    private static Assumption Measured(string name, decimal value, string unit) =>
        new(name, value, unit, FormattableString.Invariant($"measured, lists of {ListLength:#,0}"));

    private JsonElement OfAThousand(string what) =>
        _costs.GetProperty(what).EnumerateArray().Single(cost => Number(cost.GetProperty("listLength")) == ListLength);

    private JsonElement OfOneReader() => _costs.GetProperty("polls").EnumerateArray()
        .Single(poll => Number(poll.GetProperty("readers")) == 1 && Number(poll.GetProperty("listLength")) == ListLength);

    private static decimal Number(JsonElement value) => value.GetDecimal();
}
