using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Azure.Messaging.ServiceBus;
using EReferrals.Resilience;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Messaging;

/// <summary>
/// Settles the messages of queue functions. When a function throws, the broker delivers the message again at once, so that an outage would use up
/// all ten deliveries within a second. After a transient failure this class therefore sends a copy of the message, scheduled for later, and
/// completes the original: after 2 s, doubling to 5 min, for 24 h. A message that no retry can repair is dead-lettered with a reason. Any other
/// exception is thrown, and the broker counts the delivery.
/// </summary>
public sealed partial class BackOff(ServiceBusClient client, ServiceTelemetry telemetry, TimeProvider clock, ILogger<BackOff> logger)
{
    private const string AttemptProperty = "attempt";
    private const string FirstAttemptProperty = "first-attempt";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    // Used while the broker refuses messages. The pauses add up to half of the lock duration of a message.
    private static readonly TimeSpan[] SendPauses = [.. new[] { 1, 2, 4, 8, 15 }.Select(seconds => TimeSpan.FromSeconds(seconds))];

    private readonly ConcurrentDictionary<string, ServiceBusSender> _senders = new();

    /// <summary>
    /// Runs the work once for the whole batch. If it fails, runs it for each half, and so on, so that one bad message does not affect the others. One
    /// bad message in a batch of 100 costs about 14 tries.
    /// </summary>
    public async Task ProcessAsync(
        string queue,
        IReadOnlyList<ServiceBusReceivedMessage> messages,
        ServiceBusMessageActions actions,
        Func<IReadOnlyList<ServiceBusReceivedMessage>, Task> work,
        CancellationToken cancellationToken)
    {
        var requestId = messages.Count == 1 ? messages[0].CorrelationId : null;
        CurrentRequest.Id = requestId;
        using var scope = requestId is null ? null : Log.Message(logger, requestId);
        using var activity = telemetry.Start($"process {queue}", ActivityKind.Consumer, TraceParent(messages[0]), requestId);
        try
        {
            await work(messages);
        }
        catch (UnprocessableMessageException ex) when (messages.Count == 1)
        {
            Log.DeadLettered(logger, queue, ex.Reason, ex);
            await actions.DeadLetterMessageAsync(messages[0], deadLetterReason: ex.Reason, cancellationToken: cancellationToken);
            return;
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.RetriedLater(logger, queue, messages.Count, Attempt(messages[0]), ex);
            await Task.WhenAll(messages.Select(message => RetryLaterAsync(queue, message, actions, cancellationToken)));
            return;
        }
        catch (Exception ex) when (messages.Count > 1 && !cancellationToken.IsCancellationRequested)
        {
            Log.Halved(logger, queue, messages.Count, ex);
            await ProcessHalvesAsync(queue, messages, actions, work, cancellationToken);
            return;
        }

        await Task.WhenAll(messages.Select(message => actions.CompleteMessageAsync(message, cancellationToken)));
    }

    private async Task ProcessHalvesAsync(
        string queue,
        IReadOnlyList<ServiceBusReceivedMessage> messages,
        ServiceBusMessageActions actions,
        Func<IReadOnlyList<ServiceBusReceivedMessage>, Task> work,
        CancellationToken cancellationToken)
    {
        var failures = new List<Exception>();
        foreach (var half in messages.Chunk((messages.Count + 1) / 2))
        {
            try
            {
                await ProcessAsync(queue, half, actions, work, cancellationToken);
            }
            catch (Exception ex)
            {
                failures.Add(ex);
            }
        }

        // Thrown after both halves ran: settled messages stay settled, and the broker counts the deliveries of the others.
        if (failures.Count > 0) throw new AggregateException(failures);
    }

    // The copy is sent before the original is completed: a stop between the two duplicates the message and never loses it.
    private async Task RetryLaterAsync(
        string queue, ServiceBusReceivedMessage message, ServiceBusMessageActions actions, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var first = FirstAttempt(message) ?? now;
        if (now - first > GiveUpAfter)
        {
            await actions.DeadLetterMessageAsync(message, deadLetterReason: "TransientFailureForADay", cancellationToken: cancellationToken);
            return;
        }

        var attempt = Attempt(message);
        var copy = new ServiceBusMessage(message)
        {
            // A new id, because duplicate detection would drop the old one.
            MessageId = string.Create(CultureInfo.InvariantCulture, $"{OriginalId(message)}~{attempt}"),
            ScheduledEnqueueTime = now + DelayAfter(attempt),
            ApplicationProperties = { [AttemptProperty] = attempt + 1, [FirstAttemptProperty] = first.ToUnixTimeMilliseconds() },
        };
        if (await TrySendAsync(queue, copy, cancellationToken)) await actions.CompleteMessageAsync(message, cancellationToken);
    }

    // When this returns false, the message is neither settled nor thrown. The broker delivers it again when its lock expires, not at once.
    private async Task<bool> TrySendAsync(string queue, ServiceBusMessage message, CancellationToken cancellationToken)
    {
        var sender = _senders.GetOrAdd(queue, client.CreateSender);
        for (var tries = 0; ; tries++)
        {
            try
            {
                await sender.SendWithinLimitAsync(message, cancellationToken);
                return true;
            }
            catch (Exception ex) when (Transient.Is(ex, cancellationToken))
            {
                if (tries == SendPauses.Length)
                {
                    Log.NotScheduled(logger, queue, ex);
                    return false;
                }
            }

            await Task.Delay(SendPauses[tries], clock, cancellationToken);
        }
    }

    internal static TimeSpan DelayAfter(int attempt)
    {
        var doubled = FirstDelay * Math.Pow(2, Math.Min(attempt - 1, 20));
        // Up to a fifth more, so that messages that failed together do not return together.
        return (doubled < LongestDelay ? doubled : LongestDelay) * (1 + (Random.Shared.NextDouble() / 5));
    }

    private static int Attempt(ServiceBusReceivedMessage message) =>
        message.ApplicationProperties.TryGetValue(AttemptProperty, out var attempt) && attempt is int number ? number : 1;

    private static DateTimeOffset? FirstAttempt(ServiceBusReceivedMessage message) =>
        message.ApplicationProperties.TryGetValue(FirstAttemptProperty, out var at) && at is long milliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    // The Service Bus client sets this property when tracing is on.
    private static string? TraceParent(ServiceBusReceivedMessage message) =>
        message.ApplicationProperties.TryGetValue("Diagnostic-Id", out var parent) ? parent as string : null;

    private static string OriginalId(ServiceBusReceivedMessage message)
    {
        var id = message.MessageId;
        var mark = id.LastIndexOf('~');
        return mark < 0 ? id : id[..mark];
    }

    private static partial class Log
    {
        public static readonly Func<ILogger, string, IDisposable?> Message = LoggerMessage.DefineScope<string>("RequestId:{RequestId}");

        [LoggerMessage(2801, LogLevel.Warning, "{Count} message(s) on {Queue} failed at attempt {Attempt} and are retried later")]
        public static partial void RetriedLater(ILogger logger, string queue, int count, int attempt, Exception failure);

        [LoggerMessage(2802, LogLevel.Error, "A message on {Queue} cannot be processed ({Reason}) and is dead-lettered")]
        public static partial void DeadLettered(ILogger logger, string queue, string reason, Exception failure);

        [LoggerMessage(2803, LogLevel.Warning, "A batch of {Count} messages on {Queue} failed; each half is tried separately")]
        public static partial void Halved(ILogger logger, string queue, int count, Exception failure);

        [LoggerMessage(2804, LogLevel.Warning, "A message on {Queue} could not be scheduled for a retry; it is delivered again when its lock expires")]
        public static partial void NotScheduled(ILogger logger, string queue, Exception failure);
    }
}
