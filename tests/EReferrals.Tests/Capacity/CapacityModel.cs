namespace EReferrals.Tests.Capacity;

/// <summary>Computes the required resources and their cost from the demand. An instance is one multiple of the national demand.</summary>
internal sealed record CapacityModel(int Times)
{
    // Demand
    public static readonly Assumption Referrals = new("Referrals a working day", 80_000, "", "load model");
    public static readonly Assumption Advice = new("Advice requests a working day", 16_000, "", "load model; each counts as a referral below");
    public static readonly Assumption WorkingHours = new("Working day", 10, "h", "load model");
    public static readonly Assumption WorkingDays = new("Working days a month", 21, "", "calendar");
    public static readonly Assumption PeakHourShare = new("Share of the peak hour", 0.15m, "of the day", "load model");
    public static readonly Assumption BurstFactor = new("Burst within the peak hour", 3, "times", "load model");
    public static readonly Assumption Headroom = new("Headroom over the burst", 2, "times", "design goal");
    public static readonly Assumption ReferrerCalls = new("Calls of a referrer for one referral", 10, "", "load model");
    public static readonly Assumption Organisations = new("Providers", 1_100, "", "published, 2021");
    public static readonly Assumption UsersEach = new("Clinicians looking at lists, each provider", 20, "", "load model");
    public static readonly Assumption LoadEvery = new("One load of a list each", 600, "s", "load model");
    public static readonly Assumption Details = new("Details and attachments read for one referral", 3, "", "load model");
    public static readonly Assumption Services = new("Services polled by hospital systems", 61_000, "", "published, 2021");
    public static readonly Assumption PollWindow = new("Their morning poll happens within", 1_800, "s", "load model");

    // Work that one referral causes
    public static readonly Assumption Commands = new("Decisions on one referral", 3, "", "assumed: triage, booking, outcome");
    public static readonly Assumption ListsTouched = new("Lists that a change touches", 2, "", "design: one of each side");
    public static readonly Assumption MessageOperations = new("Operations of one message", 3, "", "send, receive, settle");
    public static readonly Assumption Attachments = new("Attachments of one referral", 2, "", "load model");
    public static readonly Assumption AttachmentKilobytes = new("Mean attachment", 55, "kB", "published: 13 TB in 235 million");
    public static readonly Assumption CallsPerReferral = MeasuredCosts.Recorded.CallsOfAReferral;
    public static readonly Assumption CallsPerDecision = MeasuredCosts.Recorded.CallsOfADecision;
    public static readonly Assumption CallsPerFollowUp = new(
        "Storage calls of its follow-up, which finds everything done", 10, "", "measured apart: 9, and the row of possible duplicates since");
    public static readonly Assumption CallsPerChangedPoll = MeasuredCosts.Recorded.CallsOfAChangedPoll;
    public static readonly Assumption CallsPerUnchangedPoll = MeasuredCosts.Recorded.CallsOfAnUnchangedPoll;
    public static readonly Assumption AuditCalls = new("Appends to the audit trail for one list shown", 1, "", "design; those of the same moment share one");
    public static readonly Assumption CallsPerDetail = MeasuredCosts.Recorded.CallsOfAReading;
    public static readonly Assumption CallsPerSnapshot = MeasuredCosts.Recorded.CallsOfASnapshot;
    public static readonly Assumption WritesPerSnapshot = MeasuredCosts.Recorded.WritesOfASnapshot;
    public static readonly Assumption SnapshotBytesPerEntry = MeasuredCosts.Recorded.SnapshotBytesAnEntry;
    public static readonly Assumption EntriesPerList = new("Mean list", 450, "entries", "assumed: 1.5 million open referrals on 3,300 provider lists");
    public static readonly Assumption ReferralKilobytes = new("Rows of one referral, events included", 6, "kB", "assumed");
    public static readonly Assumption SlotsPerReferral = new("Slots published for each referral", 1.5m, "", "assumed");
    public static readonly Assumption SlotKilobytes = new("The two rows of a slot", 1, "kB", "assumed");
    public static readonly Assumption CallsPerSlot = new("Storage calls of a booked slot", 8, "", "design: found 2, reserved 2, taken 3, published 1 at most");

    // Capacity of the parts
    public static readonly Assumption CpuPerRequest = MeasuredCosts.ProcessorOfARequest;
    public static readonly Assumption CpuPerMessage = new(
        "Processor time of one message, host and worker",
        3,
        "ms",
        "measured 1.1: a referral onto three lists is four messages and takes 4.4 ms, snapshots included, with the local host; doubled for Azure's cores and "
            + "host, rounded up");
    public static readonly Assumption CpuPerSnapshot = new("Processor time of one snapshot", 30, "ms", "assumed, mean list in three forms");
    public static readonly Assumption TargetLoad = new("Load that an instance or account is planned for", 0.6m, "of what it carries", "assumed");
    public static readonly Assumption SecondsPerRequest = new("A request holds its place for", 0.1m, "s", "assumed");
    public static readonly Assumption HttpConcurrency = new("Requests at a time, each instance", 32, "", "template");
    public static readonly Assumption StandardLimit = new("Service Bus Standard", 1_000, "operations/s", "published");
    public static readonly Assumption UnitCarries = new(
        "One Premium unit", 2_000, "operations/s", "assumed low for messages of 2 kB; measure before the tenth of it is reached");
    public static readonly Assumption AccountLimit = new("One storage account", 20_000, "requests/s", "published");
    public static readonly Assumption PartitionLimit = new("One table partition", 2_000, "entities/s", "published");
    public static readonly Assumption ListCarries = new(
        "Changes that one list takes", 100, "/s", "measured on two busy cores with the storage emulator: the least");
    public static readonly Assumption BusiestShare = new(
        "Share of the busiest list in all changes", 0.02m, "", "assumed: the largest of 1,100 providers, times 20");
    public static readonly Assumption FunctionGroups = new("Function groups: HTTP, and each queue or timer function", 11, "", "product");
    public static readonly Assumption ReadyForHttp = new("Instances kept ready for HTTP", 3, "", "template");
    public static readonly Assumption ReadyForGroup = new(
        "Instances that Azure keeps ready for every other group of an app that is spread over zones", 2, "", "published");
    public static readonly Assumption TimerInstances = new("Timers: instances busy in working hours", 1, "", "assumed");
    public static readonly Assumption MostInstances = new("Most instances of one group", 200, "", "template");
    public static readonly Assumption RegionalMemory = new(
        "Memory of all Flex apps of a subscription in a region", 512_000, "MB", "published; may be raised on request");
    public static readonly Assumption InstanceGigabytes = new("Memory of an instance", 2, "GB", "template");

    public static readonly Assumption ModePollInterval = new("Interval at which an instance polls the mode", 3, "s", "product");
    public static readonly Assumption HeartbeatInterval = new("Interval at which an instance counts the others", 10, "s", "product");
    public static readonly Assumption PacksADay = new("Packs that a provider reads by its link", 96, "a day", "assumed: all");

    // Prices in US dollars
    public static readonly Assumption UnitHour = new("Service Bus Premium unit", 0.93m, "$/h", "list price, remembered");
    public static readonly Assumption ReadyBaseline = new("Kept ready", 0.000004m, "$/GB-s", "list price, remembered");
    public static readonly Assumption ReadyExecution = new("Executing on an instance kept ready", 0.000016m, "$/GB-s", "list price, remembered");
    public static readonly Assumption OnDemand = new("Executing on demand", 0.000026m, "$/GB-s", "list price, remembered");
    public static readonly Assumption Executions = new("Executions", 0.4m, "$/million", "list price, remembered");
    public static readonly Assumption TableCalls = new("Table calls", 0.00036m, "$/10,000", "list price, remembered");
    public static readonly Assumption BlobReads = new("Blob reads", 0.0044m, "$/10,000", "list price, remembered");
    public static readonly Assumption BlobWrites = new("Blob writes, geo-redundant", 0.13m, "$/10,000", "list price, remembered");
    public static readonly Assumption StoredGigabyte = new("Stored, geo-redundant, readable", 0.05m, "$/GB a month", "list price, remembered");
    public static readonly Assumption Replication = new("Replicated to the pair", 0.02m, "$/GB", "list price, remembered");
    public static readonly Assumption Scanned = new("Malware scanning", 0.15m, "$/GB", "list price, remembered");
    public static readonly Assumption Logged = new("Logs", 2.76m, "$/GB", "list price, remembered");
    public static readonly Assumption LogKilobytes = new("Log of one request, message or read by a link", 1, "kB", "assumed, nothing sampled away");
    public static readonly Assumption Fixed = new("Endpoints, Event Grid, alerts, web tests", 120, "$ a month", "assumed");

    private const decimal SecondsAMonth = 730 * 3_600;

    // Requests per second
    public decimal CreatedBurst => Times * Referrals * PeakHourShare / 3_600 * BurstFactor;

    public decimal ReferrerBurst => CreatedBurst * ReferrerCalls;

    public decimal ListBurst => Times * Organisations * UsersEach / LoadEvery * PeakHourShare * WorkingHours * BurstFactor;

    public decimal DetailBurst => CreatedBurst * Details;

    public decimal PollBurst => Times * Services / PollWindow * BurstFactor;

    public decimal Requests => (ReferrerBurst + ListBurst + DetailBurst + PollBurst) * Headroom;

    // Instances
    public decimal ForProcessor => Math.Ceiling(Requests * CpuPerRequest / 1_000 / TargetLoad);

    public decimal ForPlaces => Math.Ceiling(Requests * SecondsPerRequest / HttpConcurrency);

    public decimal HttpInstances => Math.Max(ForProcessor, ForPlaces);

    /// <summary>Messages per second, with headroom.</summary>
    public decimal Submissions => CreatedBurst * (Referrals + Advice) / Referrals * Headroom;

    public decimal FollowUps => Submissions * Commands;

    /// <summary>A decision is announced twice: once directly and once by its follow-up.</summary>
    public decimal ListChanges => (Submissions + (FollowUps * 2)) * ListsTouched;

    /// <summary>Upper bound: changes in the same slot share one snapshot.</summary>
    public decimal Snapshots => (Submissions + FollowUps) * ListsTouched;

    public decimal Scans => CreatedBurst * Attachments * Headroom;

    public decimal ForSubmissions => Busy(Submissions, CpuPerMessage);

    public decimal ForListChanges => Busy(ListChanges, CpuPerMessage);

    public decimal ForFollowUps => Busy(FollowUps, CpuPerMessage);

    public decimal ForSnapshots => Busy(Snapshots, CpuPerSnapshot);

    public decimal ForScans => Busy(Scans, CpuPerMessage);

    /// <summary>Each queue function scales on its own instances.</summary>
    public decimal QueueInstances => Math.Ceiling(ForSubmissions) + Math.Ceiling(ForListChanges) + Math.Ceiling(ForFollowUps)
        + Math.Ceiling(ForSnapshots) + Math.Ceiling(ForScans);

    /// <summary>A group never has fewer instances than its always-ready instances.</summary>
    public decimal Instances => Math.Max(HttpInstances, ReadyForHttp) + OrReady(ForSubmissions) + OrReady(ForListChanges) + OrReady(ForFollowUps)
        + OrReady(ForSnapshots) + OrReady(ForScans) + ((FunctionGroups - 6) * ReadyForGroup);

    public static decimal AlwaysReady => ReadyForHttp + ((FunctionGroups - 1) * ReadyForGroup);

    /// <summary>Number of instances that a region allows a subscription.</summary>
    public static decimal RegionalInstances => Math.Floor(RegionalMemory / (InstanceGigabytes * 1_024));

    public decimal Regions => Math.Ceiling(Instances / RegionalInstances);

    /// <summary>Changes per second of the busiest list. Only one instance changes a list at a time.</summary>
    public decimal BusiestList => ListChanges * BusiestShare;

    // Service Bus
    public static decimal OperationsPerReferral =>
        MessageOperations + (ListsTouched * 2 * MessageOperations)
        + (Commands * (MessageOperations + (ListsTouched * 2 * MessageOperations)))
        + (Attachments * MessageOperations);

    public decimal BusOperations => CreatedBurst * (Referrals + Advice) / Referrals * OperationsPerReferral * Headroom;

    /// <summary>Messaging units of all namespaces together. One namespace takes 1, 2, 4, 8 or 16.</summary>
    public int Units => Array.Find([1, 2, 4, 8, 16], units => units * UnitCarries >= BusOperations) is var enough and > 0
        ? enough
        : (int)Math.Ceiling(BusOperations / (16 * UnitCarries)) * 16;

    public int Namespaces => (Units + 15) / 16;

    public decimal BacklogHour => Times * Referrals * (MessageOperations + (ListsTouched * 2 * MessageOperations)) / 3_600;

    // Tables
    public decimal Changes => CreatedBurst * (1 + Commands) * Headroom;

    /// <summary>Storage calls for a list that is read now and then, so that it has changed since the last read.</summary>
    public static decimal CallsPerListLoad => CallsPerChangedPoll + AuditCalls;

    public static decimal CallsOfOneReferral => CallsPerReferral + (Commands * (CallsPerDecision + CallsPerFollowUp)) + CallsPerSlot;

    /// <summary>Calls per second: every instance reads the rows of those that answer callers, and each of those writes one.</summary>
    public decimal Heartbeats => (Instances + Math.Max(HttpInstances, ReadyForHttp)) / HeartbeatInterval;

    /// <summary>Entities per second of their partition.</summary>
    public decimal HeartbeatEntities => (Instances + 1) * Math.Max(HttpInstances, ReadyForHttp) / HeartbeatInterval;

    // Upper bound: every change requests a snapshot, although changes of the busiest lists share them.
    public decimal StorageCalls => Heartbeats + (CreatedBurst * Headroom * CallsOfOneReferral)
        + (Changes * ListsTouched * CallsPerSnapshot)
        + (ListBurst * Headroom * CallsPerListLoad) + (PollBurst * Headroom * CallsPerUnchangedPoll) + (DetailBurst * Headroom * CallsPerDetail);

    /// <summary>Storage calls per second if a backlog scaled one group to its maximum without throttling.</summary>
    public static decimal UnprotectedCalls => Math.Min(MostInstances, RegionalInstances) * 1_000 / CpuPerMessage * CallsPerDecision;

    public decimal RecordsAccounts => Math.Ceiling(StorageCalls / AccountLimit / TargetLoad);

    public decimal BusiestPartition => Changes * BusiestShare * 4;

    // Per month
    public decimal ReferralsAMonth => Times * (Referrals + Advice) * WorkingDays;

    public decimal AttachmentGigabytes => Times * Referrals * Attachments * AttachmentKilobytes * WorkingDays / 1_000_000;

    public decimal SnapshotsAMonth => ReferralsAMonth * (1 + Commands) * ListsTouched;

    public decimal SnapshotGigabytes => SnapshotsAMonth * EntriesPerList * SnapshotBytesPerEntry / 1_000_000_000;

    public decimal RequestsAMonth => WorkingDays * ((Times * Referrals * (ReferrerCalls + Details))
        + (Times * Organisations * UsersEach / LoadEvery * WorkingHours * 3_600) + (Times * Services * 2));

    public decimal MessagesAMonth => ReferralsAMonth * OperationsPerReferral / MessageOperations;

    public decimal RowGigabytesAYear => ReferralsAMonth * 12 * (ReferralKilobytes + (SlotsPerReferral * SlotKilobytes)) / 1_000_000;

    // Cost in dollars per month
    public decimal BusCost => Units * UnitHour * 730;

    /// <summary>Every always-ready instance has a baseline cost. Those of the main path and one timer instance also have an execution cost.</summary>
    public static decimal ReadyCost => InstanceGigabytes
        * ((AlwaysReady * SecondsAMonth * ReadyBaseline)
            + ((ReadyForHttp + (ReadyForGroup * 2) + TimerInstances) * WorkingHours * WorkingDays * 3_600 * ReadyExecution));

    public decimal MoreInstances => OnDemandFor(HttpInstances, ReadyForHttp) + OnDemandFor(ForSubmissions, ReadyForGroup)
        + OnDemandFor(ForListChanges, ReadyForGroup)
        + OnDemandFor(ForFollowUps, ReadyForGroup)
        + OnDemandFor(ForSnapshots, ReadyForGroup)
        + OnDemandFor(ForScans, ReadyForGroup);

    public decimal ExecutionCost => (RequestsAMonth + MessagesAMonth) / 1_000_000 * Executions;

    public decimal OnDemandCost => MoreInstances * InstanceGigabytes * WorkingHours * WorkingDays * 3_600 * OnDemand;

    public decimal TableCost =>
        (
            (ReferralsAMonth * CallsOfOneReferral)
                + (SnapshotsAMonth * (CallsPerSnapshot - WritesPerSnapshot))
                + (RequestsAMonth * CallsPerListLoad)
                + (Heartbeats * SecondsAMonth)) / 10_000 * TableCalls;

    // A superseded version is kept for a day by rule and seven more days by soft delete.
    public decimal SnapshotCost => (SnapshotsAMonth * WritesPerSnapshot / 10_000 * BlobWrites) + (SnapshotGigabytes * Replication)
        + (SnapshotGigabytes / WorkingDays * 8 * StoredGigabyte);

    /// <summary>Every instance polls the operating mode.</summary>
    public decimal ModePollsAMonth => Instances * SecondsAMonth / ModePollInterval;

    public decimal ModePollCost => ModePollsAMonth / 10_000 * BlobReads;

    public decimal LinkReadsAMonth => Times * Organisations * PacksADay * 365 / 12;

    // Storage after one year.
    public decimal KeptCost => ((AttachmentGigabytes * 12) + RowGigabytesAYear) * StoredGigabyte;

    public decimal ScanCost => AttachmentGigabytes * Scanned;

    public decimal LogCost => (RequestsAMonth + MessagesAMonth + LinkReadsAMonth) * LogKilobytes / 1_000_000 * Logged;

    public decimal Cost => BusCost + ReadyCost + OnDemandCost + ExecutionCost + TableCost + SnapshotCost + KeptCost + ScanCost + ModePollCost + LogCost + Fixed;

    private static decimal Busy(decimal perSecond, decimal milliseconds) => perSecond * milliseconds / 1_000 / TargetLoad;

    private static decimal OrReady(decimal instances) => Math.Max(Math.Ceiling(instances), ReadyForGroup);

    // At the mean load of the peak hour.
    private static decimal OnDemandFor(decimal instances, decimal ready) => Math.Max(0, Math.Ceiling(instances / Headroom / BurstFactor) - ready);
}
