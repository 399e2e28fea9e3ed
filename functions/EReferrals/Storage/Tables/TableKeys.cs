using System.Globalization;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Tables;

/// <summary>The names of all tables, and the format of every partition and row key. No other class builds keys.</summary>
public static class TableKeys
{
    public const string Referrals = "Referrals";
    public const string Worklists = "Worklists";
    public const string Attachments = "Attachments";
    public const string Services = "Services";
    public const string Idempotency = "Idempotency";
    public const string Quarantine = "Quarantine";
    public const string Allocator = "Allocator";
    public const string Slots = "Slots";

    public static IReadOnlyList<string> AllTables { get; } =
        [Referrals, Worklists, Attachments, Services, Idempotency, Quarantine, Allocator, Slots];

    // Referrals: partition = UBRN. Row keys repeat it to be unique in the table, because the emulator looks rows up by row key first.
    public static string Current(Ubrn ubrn) => $"current:{ubrn}";

    public static string Event(Ubrn ubrn, int version) => string.Create(CultureInfo.InvariantCulture, $"e:{ubrn}:{version:D6}");

    public const string EventsFrom = "e:";
    public const string EventsTo = "e;";

    /// <summary>A former version, as the provider that lost the referral with it may still read it.</summary>
    public static string Sent(Ubrn ubrn, int version) => string.Create(CultureInfo.InvariantCulture, $"s:{ubrn}:{version:D6}");

    /// <summary>The outcome of a command with an idempotency key. Each organisation has its own keys.</summary>
    public static string Done(Ubrn ubrn, string organisation, string keyHash) => $"k:{ubrn}:{organisation}:{keyHash}";

    public const string CurrentFrom = "current:";
    public const string SentFrom = "s:";
    public const string DoneFrom = "k:";

    /// <summary>The row with the legal hold of the referral, if it ever had one.</summary>
    public static string LegalHold(Ubrn ubrn) => $"h:{ubrn}";

    /// <summary>The partition with a row for every erasure that may not be finished.</summary>
    public const string Erasures = "index:erasures";

    public static string Erasure(Ubrn ubrn) => $"erase:{ubrn}";

    /// <summary>The partition, and its only row, with a patient's open referrals at a service.</summary>
    public static string Patient(PatientAtService place) => $"patient:{place.Service}:{place.Mark}";

    /// <summary>The row with an organisation's first view of the referral.</summary>
    public static string Opened(Ubrn ubrn, string organisation) => $"o:{ubrn}:{organisation}";

    // Worklists: partition = ORGANISATION:LIST. The head's row key repeats it to be unique in the table.
    public static string Head(WorklistName worklist) => $"head:{worklist}";

    public const string EntriesFrom = "e:";
    public const string EntriesTo = "e;";

    public static string Entry(WorklistEntry entry) => EntriesFrom + entry.SortKey;

    public static string Applied(Ubrn ubrn) => $"r:{ubrn}";

    public const string AppliedTo = "r;";

    public const string AppliedFrom = "r:";

    public const string ChangesTo = "c;";

    /// <summary>The partition with a row for every worklist that ever had an entry.</summary>
    public const string AllWorklists = "index:lists";

    public static string ListedWorklist(WorklistName worklist) => $"list:{worklist}";

    public const string SafetyNet = "index:safety-net";

    /// <summary>The partition with a row for every appointment whose day has not passed.</summary>
    public const string Appointments = "index:appointments";

    public const string AppointmentsFrom = "day:";

    /// <summary>The partition with the counts of an organisation's polls by applications.</summary>
    public static string PollsOf(string organisation) => $"index:polls:{organisation}";

    public static string Polls(string organisation, string service) => $"polls:{organisation}:{service}";

    public static string AppointmentsOn(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"{AppointmentsFrom}{day:yyyyMMdd}");

    public static string Appointment(DateOnly day, Ubrn ubrn) => $"{AppointmentsOn(day)}:{ubrn}";

    public static string Change(long version) => string.Create(CultureInfo.InvariantCulture, $"c:{version:D12}");

    // Attachments
    public static string Attachment(string id) => $"binary:{id}";

    public const string AttachmentsFrom = "binary:";
    public const string AttachmentsTo = "binary;";

    /// <summary>The partition with a row for every file that names the referral, whether or not the referral has it.</summary>
    public static string FilesOf(Ubrn ubrn) => $"index:files:{ubrn}";

    public static string FileOf(Ubrn ubrn, string id) => $"file:{ubrn}:{id}";

    /// <summary>The partition with a row for every file that was deleted lately.</summary>
    public const string DeletedFiles = "index:deleted-files";

    public static string DeletedFile(string id) => $"deleted:{id}";

    /// <summary>The partition with a row for every file that waits for the scanner.</summary>
    public const string PendingScans = "index:pending";

    public const string PendingScansFrom = "scan:";

    public static string PendingScansAt(DateTimeOffset instant) =>
        string.Create(CultureInfo.InvariantCulture, $"{PendingScansFrom}{instant.UtcDateTime:yyyyMMddHHmmss}");

    public static string PendingScan(DateTimeOffset uploadedAt, string id) => $"{PendingScansAt(uploadedAt)}:{id}";

    // Services: partition = the service id; index rows have partitions of their own.
    public static string Service(string id) => $"service:{id}";

    /// <summary>A version of a service, with the change that made it. Written together with the service, and never changed.</summary>
    public static string ServiceVersion(string id, int version) => string.Create(CultureInfo.InvariantCulture, $"{VersionsFrom}{id}:{version:D6}");

    public const string VersionsFrom = "v:";
    public const string VersionsTo = "v;";

    public const string AllServices = "index:all";

    /// <summary>The partition with a row for every service that waits for approval.</summary>
    public const string PendingServices = "index:pending-services";

    public static string ServicesOf(string provider) => $"index:provider:{provider}";

    public static string ServicesFor(string specialty) => $"index:specialty:{specialty}";

    /// <summary>
    /// Repeats the partition to be unique in the table. The length comes first so that ids sort as numbers and never collide.
    /// </summary>
    /// <param name="id">Null for a key that sorts before all ids.</param>
    public static string ServiceIndex(string partition, string? id) =>
        id is null ? $"{partition}:" : string.Create(CultureInfo.InvariantCulture, $"{partition}:{id.Length:D2}:{id}");

    // Transfers of organisations, in the table of services, because the provider of a service depends on them.
    public const string Transfers = "index:transfers";

    /// <summary>One row with all transfers, so that two contradictory transfers cannot both be written.</summary>
    public const string TransferRegister = "register";

    public const string TransfersFrom = "job:";
    public const string TransfersTo = "job;";

    public static string Transfer(string id) => $"{TransfersFrom}{id}";

    public static string FailuresOf(string transfer) => $"transfer:{transfer}";

    public static string Failure(string transfer, Ubrn ubrn) => $"failed:{transfer}:{ubrn}";

    // Idempotency: partition = organisation
    public static string Key(string keyHash) => $"key:{keyHash}";

    // Slots: partition = the service id
    public static string Slot(SlotName name) => $"slot:{name.Service}:{name.Id}";

    /// <summary>The start of the keys of the copies in the order of the start times.</summary>
    public static string SlotTimes(string service) => $"at:{service}:";

    public static string SlotTimesAt(string service, DateTimeOffset start) =>
        string.Create(CultureInfo.InvariantCulture, $"{SlotTimes(service)}{start.UtcDateTime:yyyyMMddHHmmss}");

    public static string SlotTime(Slot slot) => $"{SlotTimesAt(slot.Name.Service, slot.Start)}:{slot.Name.Id}";

    /// <summary>Sorts after every character of the keys that it is appended to.</summary>
    public const string AfterAll = "~";

    // Quarantine: partition = queue; newest first
    public static string DeadLetter(DeadLetterId id) =>
        string.Create(CultureInfo.InvariantCulture, $"dead:{id.Queue}:{long.MaxValue - id.Sequence:D19}");

    public static string Discarded(string queue) => $"discarded:{queue}";

    public static string Replayed(string queue) => $"replayed:{queue}";

    // Allocator: one partition. The range of a number is the first row whose key sorts at or after the number's key.
    public const string Ubrns = "ubrn";
    public const string NextUbrn = "next";
    public const string RangesTo = "range;";

    // Allocator, a second partition: a row for each instance that answers callers.
    public const string Instances = "instances";

    public static string Instance(string id) => $"instance:{id}";

    public static string RangeHolding(long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"range:{Ubrn.SequenceEnd - sequence:D12}");

    /// <summary>The first number of the range with this key.</summary>
    public static long FirstOfRange(string key) =>
        Ubrn.SequenceEnd - long.Parse(key.AsSpan("range:".Length), NumberStyles.None, CultureInfo.InvariantCulture);
}
