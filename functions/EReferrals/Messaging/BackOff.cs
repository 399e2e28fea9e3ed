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
/// How a queue function settles its messages. The platform delivers a thrown message again at once, so that ten deliveries burn in a
/// second of an outage. A failure that passes by itself therefore sends the message again, scheduled later and later, and completes the
/// original: 2 s doubling to 5 min, for 24 h. What no retry can mend is dead-lettered with a reason. Everything else is thrown, and the
/// platform counts.
/// </summary>
public sealed partial class BackOff(ServiceBusClient client, ServiceTelemetry telemetry, TimeProvider clock, ILogger<BackOff> logger)
{
    private const string AttemptProperty = "attempt";
    private const string FirstAttemptProperty = "first-attempt";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    // While the broker takes no messages: together half of the time for which a message is locked.
    private static readonly TimeSpan[] SendPauses = [.. new[] { 1, 2, 4, 8, 15 }.Select(seconds => TimeSpan.FromSeconds(seconds))];

    private readonly ConcurrentDictionary<string, ServiceBusSender> _senders = new();

    /// <summary>
    /// The work is one for all messages of a batch. What cannot be done for all of them is done for each half alone, and so on, so that a bad
    /// message takes no other with it and costs a batch of a hundred some fourteen tries and not a hundred.
    /// </summary>
    public async Task ProcessAsync(
        string queue,
        IReadOnlyList<ServiceBusReceivedMessage> messages,
        ServiceBusMessageActions actions,
        Func<IReadOnlyList<ServiceBusReceivedMessage>, Task> work,
        CancellationToken cancellationToken)
    {
        var correlationId = messages.Count == 1 ? messages[0].CorrelationId : null;
        using var scope = correlationId is null ? null : Log.Message(logger, correlationId);
        using var activity = telemetry.Start($"process {queue}", ActivityKind.Consumer, TraceParent(messages[0]), correlationId);
        try
        {
            await work(messages);
        }
        catch (UnprocessableMessageException ex) when (messages.Count == 1)
        {
            Log.Hopeless(logger, queue, ex.Reason, ex);
            await actions.DeadLetterMessageAsync(messages[0], deadLetterReason: ex.Reason, cancellationToken: cancellationToken);
            return;
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.TryingAgain(logger, queue, messages.Count, Attempt(messages[0]), ex);
            await Task.WhenAll(messages.Select(message => TryAgainLaterAsync(queue, message, actions, cancellationToken)));
            return;
        }
        catch (Exception ex) when (messages.Count > 1 && !cancellationToken.IsCancellationRequested)
        {
            Log.InHalves(logger, queue, messages.Count, ex);
            await RunHalvesAsync(queue, messages, actions, work, cancellationToken);
            return;
        }

        await Task.WhenAll(messages.Select(message => actions.CompleteMessageAsync(message, cancellationToken)));
    }

    private async Task RunHalvesAsync(
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

        // Only now: those that are settled stay settled, and the platform counts the deliveries of the others.
        if (failures.Count > 0) throw new AggregateException(failures);
    }

    // Sent before the original is completed: a stop between the two doubles the message, and never loses it.
    private async Task TryAgainLaterAsync(
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
        var again = new ServiceBusMessage(message)
        {
            // Another id, or duplicate detection would drop it.
            MessageId = string.Create(CultureInfo.InvariantCulture, $"{OriginalId(message)}~{attempt}"),
            ScheduledEnqueueTime = now + DelayAfter(attempt),
            ApplicationProperties = { [AttemptProperty] = attempt + 1, [FirstAttemptProperty] = first.ToUnixTimeMilliseconds() },
        };
        if (await TrySendAsync(queue, again, cancellationToken)) await actions.CompleteMessageAsync(message, cancellationToken);
    }

    // False leaves the message neither settled nor thrown: thrown it would come again at once, so it comes when its lock has run out.
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
                    Log.NotSentAgain(logger, queue, ex);
                    return false;
                }
            }

            await Task.Delay(SendPauses[tries], clock, cancellationToken);
        }
    }

    internal static TimeSpan DelayAfter(int attempt)
    {
        var doubled = FirstDelay * Math.Pow(2, Math.Min(attempt - 1, 20));
        // Up to a fifth more, so that what failed together does not come back together.
        return (doubled < LongestDelay ? doubled : LongestDelay) * (1 + (Random.Shared.NextDouble() / 5));
    }

    private static int Attempt(ServiceBusReceivedMessage message) =>
        message.ApplicationProperties.TryGetValue(AttemptProperty, out var attempt) && attempt is int number ? number : 1;

    private static DateTimeOffset? FirstAttempt(ServiceBusReceivedMessage message) =>
        message.ApplicationProperties.TryGetValue(FirstAttemptProperty, out var at) && at is long milliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    // As the Service Bus client writes it when somebody listens.
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
        public static readonly Func<ILogger, string, IDisposable?> Message = LoggerMessage.DefineScope<string>("CorrelationId:{CorrelationId}");

        [LoggerMessage(2001, LogLevel.Warning, "{Count} message(s) on {Queue} failed for now (attempt {Attempt}); they come again later")]
        public static partial void TryingAgain(ILogger logger, string queue, int count, int attempt, Exception passing);

        [LoggerMessage(2002, LogLevel.Error, "A message on {Queue} cannot be processed ({Reason}); it is dead-lettered")]
        public static partial void Hopeless(ILogger logger, string queue, string reason, Exception hopeless);

        [LoggerMessage(2003, LogLevel.Warning, "{Count} messages on {Queue} could not be processed together; each half is tried alone")]
        public static partial void InHalves(ILogger logger, string queue, int count, Exception bad);

        [LoggerMessage(2004, LogLevel.Warning, "A message on {Queue} could not be sent again for later; it comes again when its lock has run out")]
        public static partial void NotSentAgain(ILogger logger, string queue, Exception refused);
    }
}
