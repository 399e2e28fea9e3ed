using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;

namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Reads messaging.json strictly: a queue setting that this broker ignored would behave differently in the cloud.</summary>
internal sealed record Topology
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        Converters = { new IsoDuration() },
    };

    public required IReadOnlyList<QueueSettings> Queues { get; init; }

    public static Topology Read(string file)
    {
        try
        {
            var topology = JsonSerializer.Deserialize<Topology>(File.ReadAllBytes(file), Strict)
                ?? throw new InvalidDataException($"{file} is empty.");
            var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var queue in topology.Queues) Validate(queue, names);
            foreach (var queue in topology.Queues) ValidateForward(queue, topology.Queues);
            return topology;
        }
        catch (Exception ex) when (ex is JsonException or FormatException)
        {
            throw new InvalidDataException($"{file} cannot be used as a topology: {ex.Message}", ex);
        }
    }

    private static void Validate(QueueSettings queue, HashSet<string> names)
    {
        Require(queue.Name.Length > 0 && !queue.Name.Contains('$', StringComparison.Ordinal), queue, "has no usable name");
        Require(names.Add(queue.Name), queue, "is listed twice");
        Require(!queue.RequiresSession, queue, "requires sessions, which this emulator does not support");
        Require(IsBetween(queue.LockDuration, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)), queue, "has a lockDuration outside 5 s to 5 min");
        Require(queue.MaxDeliveryCount is >= 1 and <= 2000, queue, "has a maxDeliveryCount outside 1 to 2000");
        Require(queue.DefaultMessageTimeToLive > TimeSpan.Zero, queue, "has a defaultMessageTimeToLive that is not positive");
        Require(
            queue.RequiresDuplicateDetection == queue.DuplicateDetectionHistoryTimeWindow is not null,
            queue,
            "must have a duplicateDetectionHistoryTimeWindow if, and only if, it requires duplicate detection");
        Require(
            queue.DuplicateDetectionHistoryTimeWindow is not { } window
                || IsBetween(window, TimeSpan.FromSeconds(20), TimeSpan.FromDays(7)),
            queue,
            "has a duplicateDetectionHistoryTimeWindow outside 20 s to 7 days");
    }

    private static void ValidateForward(QueueSettings queue, IReadOnlyList<QueueSettings> all)
    {
        if (queue.ForwardDeadLetteredMessagesTo is not { } name) return;
        var target = all.SingleOrDefault(each => string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase));
        Require(target is not null, queue, $"forwards its dead letters to '{name}', which does not exist");
        Require(
            target!.ForwardDeadLetteredMessagesTo is null, queue,
            $"forwards its dead letters to '{name}', which forwards its own; this emulator does not support chains");
        Require(!target.RequiresDuplicateDetection, queue, $"forwards its dead letters to '{name}', which would drop a repeated id");
    }

    private static bool IsBetween(TimeSpan value, TimeSpan least, TimeSpan most) => value >= least && value <= most;

    private static void Require(bool condition, QueueSettings queue, string otherwise)
    {
        if (!condition) throw new FormatException($"the queue '{queue.Name}' {otherwise}.");
    }

    private sealed class IsoDuration : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            XmlConvert.ToTimeSpan(reader.GetString() ?? "");

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteStringValue(XmlConvert.ToString(value));
    }
}
