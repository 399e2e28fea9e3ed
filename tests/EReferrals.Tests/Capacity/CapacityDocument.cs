using System.Globalization;
using System.Reflection;
using System.Text;

namespace EReferrals.Tests.Capacity;

/// <summary>Reads infra/CAPACITY.md. The model computes every number in it.</summary>
internal static class CapacityDocument
{
    private static readonly CapacityModel[] Demands = [new(1), new(2), new(10), new(100)];

    public static string Text()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $$"""
            # Capacity

            What the service needs at one, two, ten and a hundred times the demand of England, and what that costs. This page is generated:
            `tests/EReferrals.Tests/Capacity/CapacityModel.cs` computes it, in part from what the benchmark measured
            (`tests/EReferrals.Benchmarks/results/cost.json`), and a test compares it with the result. To update it, change a number of the model or measure
            again, then run `UPDATE_CAPACITY=1 dotnet test tests/EReferrals.Tests --filter Capacity`.

            **In short.** At national demand, with headroom, the service takes {{Number(Demands[0].Requests)}} requests a second. It needs
            {{Number(Demands[0].HttpInstances)}} instances for HTTP and {{Number(Demands[0].QueueInstances)}} for the queues,
            {{Demands[0].Units}} messaging unit and one records account, for about ${{Number(Demands[0].Cost)}} a month. Production uses Premium Service Bus,
            because Standard carries {{Number(CapacityModel.StandardLimit)}} operations a second and the burst with headroom needs
            {{Number(Demands[0].BusOperations)}}. At ten times the demand the tables take {{Number(Demands[2].StorageCalls)}} requests a second, and one
            account carries {{Number(CapacityModel.AccountLimit)}}: before that, distribute the records by UBRN over
            {{Number(Demands[2].RecordsAccounts)}} accounts. At a hundred times it needs {{Number(Demands[3].RecordsAccounts)}} accounts,
            {{Number(Demands[3].Namespaces)}} namespaces of 16 units and {{Number(Demands[3].Instances)}} instances, for about
            ${{Number(Demands[3].Cost)}} a month. (A subscription may use {{Number(CapacityModel.RegionalInstances)}} instances in a region unless Azure
            raises the quota: use several apps, by organisation.) The cost is linear in demand, because the cost of one operation does not grow with the length
            of a list or with the number of its readers. Only snapshots grow with the list, and they are written once for all readers.

            Prices are approximate list prices in US dollars; check the price list before you plan with them. A value marked *assumed* has not been measured in
            Azure yet.

            """);

        Section(text, "Load, with bursts", "per second",
            new("Referrals created", "referrals x peak share / 3,600 x burst", model => model.CreatedBurst),
            new("All calls of referrers", "created x calls", model => model.ReferrerBurst),
            new("Lists loaded by clinicians", "providers x users / 600 s x 1.5 x burst", model => model.ListBurst),
            new("Details and attachments", "created x 3", model => model.DetailBurst),
            new("Polls of hospital systems", "services / 1,800 s x burst", model => model.PollBurst),
            new("**All, with headroom**", "sum x 2", model => model.Requests));
        Section(text, "Instances for HTTP", "",
            new("by processor time", "requests x 1 ms / 0.6", model => model.ForProcessor),
            new("by concurrent requests", "requests x 0.1 s / 32", model => model.ForPlaces),
            new("**Instances**", "the larger", model => model.HttpInstances));
        Section(text, "Instances for the queues", "each queue function has its own",
            new("Submissions/s", "created x 1.2 (advice) x 2", model => model.Submissions),
            new("instances", $"messages x {Number(CapacityModel.CpuPerMessage)} ms / 0.6", model => model.ForSubmissions),
            new("Changes of lists/s", "2 lists x (submissions + decisions, each announced and followed up)", model => model.ListChanges),
            new("instances", $"messages x {Number(CapacityModel.CpuPerMessage)} ms / 0.6", model => model.ForListChanges),
            new("Follow-ups/s", "decisions", model => model.FollowUps),
            new("instances", $"messages x {Number(CapacityModel.CpuPerMessage)} ms / 0.6", model => model.ForFollowUps),
            new("Snapshots/s", "at most one for each change of a list that is not a repeat", model => model.Snapshots),
            new("instances", "snapshots x 30 ms / 0.6", model => model.ForSnapshots),
            new("Verdicts of the malware scanner/s", "attachments", model => model.Scans),
            new("instances", $"messages x {Number(CapacityModel.CpuPerMessage)} ms / 0.6", model => model.ForScans),
            new("**Instances**", "the sum, each rounded up", model => model.QueueInstances),
            new(
                "**Instances of the app**",
                "those, or the instances kept ready if more; 5 groups (dead letters, audit, three timers) need only the instances kept ready",
                model => model.Instances),
            new("Memory quotas of a region", $"instances / ({Number(CapacityModel.RegionalMemory)} MB / 2,048 MB), rounded up", model => model.Regions),
            new(
                "Changes/s of the busiest list",
                $"changes of lists x 2%; one list takes {Number(CapacityModel.ListCarries)}/s, however many instances there are",
                model => model.BusiestList));
        Section(text, "Service Bus", "",
            new(
                "Operations of one referral",
                "submission 3, each change of 2 lists 12, each decision 3 + 12, each attachment 3",
                _ => CapacityModel.OperationsPerReferral),
            new("Operations/s, burst with headroom", "created x 1.2 (advice) x operations x 2", model => model.BusOperations),
            new("Operations/s to drain a day in an hour", "referrals x (3 + 12) / 3,600", model => model.BacklogHour),
            new("**Premium units**", "1, 2, 4, 8 or 16 x 2,000/s, then more namespaces of 16", model => model.Units),
            new("Namespaces", "units / 16, rounded up", model => model.Namespaces));
        Section(text, "Tables", "",
            new("Changes of referrals/s, with headroom", "created x (1 + decisions) x 2", model => model.Changes),
            new(
                "Storage calls of one referral",
                "its own, and those of its decisions and follow-ups, as measured; those of a slot",
                _ => CapacityModel.CallsOfOneReferral),
            new(
                "Storage calls/s, with headroom",
                "referrals x those + most snapshots + list loads + polls + details, each as measured, and heartbeats",
                model => model.StorageCalls),
            new("**Records accounts**", "calls / 20,000 / 0.6, rounded up", model => model.RecordsAccounts),
            new("Entities/s on the busiest partition", "changes x 2% x 4 rows; the limit is 2,000", model => model.BusiestPartition),
            new("Heartbeats: calls/s", "(instances of the app + those for HTTP) / 10 s", model => model.Heartbeats),
            new("Heartbeats: entities/s on their partition", "(instances of the app + 1) x those for HTTP / 10 s", model => model.HeartbeatEntities));
        Section(text, "Volume", "",
            new("Requests, million a month", "21 days", model => model.RequestsAMonth / 1_000_000),
            new("Messages, million a month", "referrals and advice x operations / 3", model => model.MessagesAMonth / 1_000_000),
            new("Polls of the mode, million a month", "instances x seconds / 3; not logged", model => model.ModePollsAMonth / 1_000_000),
            new("Packs read by a link, million a month", "providers x packs; the only reads that are logged", model => model.LinkReadsAMonth / 1_000_000),
            new("Attachments, GB a month", "referrals x 2 x 55 kB", model => model.AttachmentGigabytes),
            new("Table rows, GB a year", "referrals and advice x (6 kB, 1.5 slots x 1 kB)", model => model.RowGigabytesAYear),
            new("Snapshots written, million a month", "at most one for each change of a list", model => model.SnapshotsAMonth / 1_000_000),
            new("Snapshots written, GB a month", "450 entries x bytes of an entry in all forms, measured", model => model.SnapshotGigabytes));
        Section(text, "Cost", "$ a month",
            new("Service Bus", "units x 730 h", model => model.BusCost),
            new(
                "Instances kept ready",
                $"{Number(CapacityModel.AlwaysReady)} x 2 GB: all hours at the baseline, working hours executing on 8",
                _ => CapacityModel.ReadyCost),
            new("Instances on demand", "working hours, mean load", model => model.OnDemandCost),
            new("Executions", "requests and messages", model => model.ExecutionCost),
            new("Table calls", "referrals, snapshots and requests, as measured, and heartbeats", model => model.TableCost),
            new("Snapshots", "three writes each, replication, versions for 8 days", model => model.SnapshotCost),
            new("Attachments and rows of a year", "GB x price", model => model.KeptCost),
            new("Malware scanning", "GB x price", model => model.ScanCost),
            new("Polls of the mode", "reads x price", model => model.ModePollCost),
            new("Logs", "1 kB for each request, message and read by a link", model => model.LogCost),
            new("Fixed", "", _ => CapacityModel.Fixed),
            new("**Together**", "", model => model.Cost));

        text.Append(CultureInfo.InvariantCulture, $"""

            **What protects the tables.** `maximumInstances` does not: it applies to each function group, and one group of
            {Number(CapacityModel.MostInstances)} instances could send {Number(CapacityModel.UnprotectedCalls)} storage calls a second, where an account takes
            {Number(CapacityModel.AccountLimit)}. The memory quota of the region is as large. The account's own 503 answers hold a backlog back: the adapter
            treats them as a transient failure, the message is retried with growing pauses (two seconds to five minutes, for 24 hours), and its place is free
            for the next message. Acceptance needs no table. So a backlog drains at the speed of the account and no message is given up;
            `maximumInstances` limits the cost of a mistake.

            The number of snapshots is an upper limit: changes of one list within the same 10 seconds share one snapshot. Half of their cost is for copies of
            superseded snapshots, in the paired region and as versions.

            ## The input of the model

            | number | value | unit | from |
            | --- | --- | --- | --- |

            """);
        foreach (var assumption in Assumptions())
        {
            text.Append(CultureInfo.InvariantCulture, $"| {assumption.Name} | {assumption.Value:#,0.########} | {assumption.Unit} | {assumption.Source} |\n");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static IEnumerable<Assumption> Assumptions() => typeof(CapacityModel)
        .GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => field.GetValue(null)).OfType<Assumption>();

    private static void Section(StringBuilder text, string title, string unit, params Row[] rows)
    {
        var heading = unit.Length == 0 ? title : $"{title} ({unit})";
        text.Append(CultureInfo.InvariantCulture, $"\n## {heading}\n\n| | how | 1x | 2x | 10x | 100x |\n| --- | --- | ---: | ---: | ---: | ---: |\n");
        foreach (var row in rows)
        {
            var values = string.Join(" | ", Demands.Select(model => Number(row.Value(model))));
            text.Append(CultureInfo.InvariantCulture, $"| {row.What} | {row.How} | {values} |\n");
        }
    }

    private static string Number(decimal value) => value.ToString(value < 20 && value != Math.Truncate(value) ? "0.0" : "#,0", CultureInfo.InvariantCulture);

    private sealed record Row(string What, string How, Func<CapacityModel, decimal> Value);
}
