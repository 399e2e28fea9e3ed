using System.Text.Json;

namespace EReferrals.Tests.Capacity;

/// <summary>What the benchmark's tenth scenario counted at the storage accounts, at its longest list; rounded, so that a repeated run changes nothing.</summary>
internal sealed class MeasuredCosts
{
    private readonly JsonElement _costs;

    private MeasuredCosts(JsonElement costs) => _costs = costs;

    public static MeasuredCosts Recorded { get; } = new(JsonDocument.Parse(File.ReadAllBytes(
        Path.Combine(Repository.Root, "tests", "EReferrals.Benchmarks", "results", "cost.json"))).RootElement);

    public Assumption CallsOfAReferral => Calls("Storage calls of one referral, onto three lists", Longest("referrals").GetProperty("cost"));

    public Assumption CallsOfADecision => Calls("Storage calls of one decision, lists included", Longest("decisions").GetProperty("cost"));

    public Assumption CallsOfAReading => Calls("Storage calls of one detail read, audit included", Longest("readings").GetProperty("cost"));

    public Assumption CallsOfAnUnchangedPoll => Calls("Storage calls of a poll that finds nothing new, by a reader who is alone", OfOneReader().GetProperty("unchanged"));

    public Assumption CallsOfAChangedPoll => Calls("Storage calls of a list that has changed, by a reader who is alone", OfOneReader().GetProperty("changed"));

    public Assumption CallsOfASnapshot => Calls("Storage calls of one snapshot", Longest("snapshots").GetProperty("cost"));

    public Assumption WritesOfASnapshot => Measured(
        "Blob writes of one snapshot", Math.Round(Number(Longest("snapshots").GetProperty("cost").GetProperty("byKind").GetProperty("blobWrite"))), "");

    public Assumption SnapshotBytesAnEntry => Measured(
        "Written in a snapshot for one entry: JSON, CSV and page",
        Math.Round(Number(Longest("snapshots").GetProperty("cost").GetProperty("sent")) / Number(Longest("snapshots").GetProperty("listLength")) / 100) * 100,
        "bytes");

    private Assumption Calls(string name, JsonElement use) => Measured(name, Math.Round(Number(use.GetProperty("calls"))), "");

    private Assumption Measured(string name, decimal value, string unit) =>
        new(name, value, unit, FormattableString.Invariant($"measured, lists of {Number(Longest("referrals").GetProperty("listLength")):#,0}"));

    private JsonElement Longest(string what) => _costs.GetProperty(what).EnumerateArray().MaxBy(cost => Number(cost.GetProperty("listLength")));

    private JsonElement OfOneReader() => _costs.GetProperty("polls").EnumerateArray()
        .Where(poll => Number(poll.GetProperty("readers")) == 1)
        .MaxBy(poll => Number(poll.GetProperty("listLength")));

    private static decimal Number(JsonElement value) => value.GetDecimal();
}
