using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure.Messaging.ServiceBus;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Telemetry;

namespace EReferrals.Messaging;

/// <summary>
/// Sends and reads the messages of referrals. A method that returns has the broker's acknowledgement. A failed send throws, and the caller must treat
/// the message as not sent. Message properties contain no text of callers, and no patient data except the UBRN.
/// </summary>
public sealed class ReferralBus(ServiceBusClient client)
{
    internal const string UbrnProperty = "ubrn";

    private readonly SharedSends _submitted = new(client.CreateSender(Queues.ReferralSubmitted));
    private readonly ServiceBusSender _changes = client.CreateSender(Queues.WorklistChanges);
    private readonly ServiceBusSender _followUp = client.CreateSender(Queues.ReferralFollowUp);
    private readonly ServiceBusSender _snapshots = client.CreateSender(Queues.WorklistSnapshots);

    /// <summary>
    /// Sends an accepted referral to its queue. Acceptance depends on nothing else. The message id is the UBRN, so that the broker drops a repeat.
    /// </summary>
    public async Task SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        var message = MessageOf(submission, MessageJson.Default.Submission, submission.Ubrn, submission.CorrelationId, submission.Ubrn.ToString());
        await _submitted.SendAsync(message, cancellationToken);
    }

    /// <summary>Sends worklist changes, all or none.</summary>
    public async Task AnnounceAsync(IReadOnlyList<WorklistChange> changes, string correlationId, CancellationToken cancellationToken)
    {
        if (changes.Count == 0) return;
        await _changes.SendWithinLimitAsync(changes.Select(change => MessageOf(change, correlationId)), cancellationToken);
    }

    /// <summary>Schedules a check, for <paramref name="at"/>, that the worklists show a change. Called before the change is committed.</summary>
    public async Task PromiseAsync(FollowUp followUp, DateTimeOffset at, string correlationId, CancellationToken cancellationToken)
    {
        var message = MessageOf(followUp, MessageJson.Default.FollowUp, followUp.Ubrn, correlationId, NewId());
        message.ScheduledEnqueueTime = at;
        await _followUp.SendWithinLimitAsync(message, cancellationToken);
    }

    /// <summary>Requests a snapshot of a list for <paramref name="at"/>. The broker keeps only the first request for the same list and slot.</summary>
    public async Task RequestSnapshotAsync(WorklistName worklist, long slot, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new SnapshotRequest(worklist.ToString()), MessageJson.Default.SnapshotRequest);
        var message = new ServiceBusMessage(new BinaryData(body))
        {
            MessageId = string.Create(CultureInfo.InvariantCulture, $"{worklist}:{slot}"),
            ContentType = "application/json",
            Subject = nameof(SnapshotRequest),
            ScheduledEnqueueTime = at,
        };
        await _snapshots.SendWithinLimitAsync(message, cancellationToken);
    }

    public static WorklistName ReadSnapshotRequest(ServiceBusReceivedMessage message) =>
        WorklistName.Parse(Read(message, MessageJson.Default.SnapshotRequest).Worklist);

    public static Submission ReadSubmission(ServiceBusReceivedMessage message) =>
        Read(message, MessageJson.Default.Submission);

    public static (FollowUp FollowUp, IReadOnlyList<WorklistName> Worklists) ReadFollowUp(ServiceBusReceivedMessage message)
    {
        var followUp = Read(message, MessageJson.Default.FollowUp);
        return (followUp, [.. followUp.Worklists.Select(NameOf)]);
    }

    public static WorklistChange ReadChange(ServiceBusReceivedMessage message)
    {
        var change = Read(message, MessageJson.Default.ChangeMessage);
        if (change.Version < 1) throw new UnreadableMessageException();
        return new WorklistChange(NameOf(change.Worklist), change.Ubrn, change.Version, change.Entry) { Revision = change.Revision ?? 0 };
    }

    /// <summary>The list that a change is for; null when the message is unreadable or names no list.</summary>
    public static WorklistName? WorklistOf(ServiceBusReceivedMessage message)
    {
        try
        {
            return NameOf(Read(message, MessageJson.Default.ChangeAddress).Worklist);
        }
        catch (UnreadableMessageException)
        {
            return null;
        }
    }

    /// <summary>The UBRN that a message is about; null when it is about none.</summary>
    public static string? UbrnOf(ServiceBusReceivedMessage message) =>
        message.ApplicationProperties.TryGetValue(UbrnProperty, out var ubrn) ? ubrn as string : null;

    private static ServiceBusMessage MessageOf(WorklistChange change, string correlationId)
    {
        var body = new ChangeMessage(
            change.Worklist.ToString(), change.Ubrn, change.Version, change.Entry, change.Revision == 0 ? null : change.Revision);
        return MessageOf(body, MessageJson.Default.ChangeMessage, change.Ubrn, correlationId, NewId());
    }

    // Message ids are random, but set explicitly so that a retried message can be traced to its original.
    private static string NewId() => Guid.NewGuid().ToString("N");

    private static ServiceBusMessage MessageOf<T>(
        T body, JsonTypeInfo<T> type, Ubrn ubrn, string otherwise, string id) =>
        new(new BinaryData(JsonSerializer.SerializeToUtf8Bytes(body, type)))
        {
            MessageId = id,
            ContentType = "application/json",
            // Our id of the request that causes the message, never the caller's. The other is of work that no request caused.
            CorrelationId = CurrentRequest.Id ?? otherwise,
            Subject = typeof(T).Name,
            ApplicationProperties = { [UbrnProperty] = ubrn.ToString() },
        };

    private static WorklistName NameOf(string? text)
    {
        try
        {
            return WorklistName.Parse(text ?? "");
        }
        catch (FormatException ex)
        {
            throw new UnreadableMessageException(ex);
        }
    }

    private static T Read<T>(ServiceBusReceivedMessage message, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(message.Body.ToMemory().Span, type) ?? throw new UnreadableMessageException();
        }
        catch (JsonException ex)
        {
            // The message of the JSON reader contains no values, and its path contains no patient data.
            throw new UnreadableMessageException(ex);
        }
    }
}
