using System.Globalization;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Messaging;

/// <summary>
/// How a queue function settles its messages. The platform delivers a thrown message again at once, so that ten deliveries burn in a
/// second of an outage. A failure that passes by itself therefore sends the message again, scheduled later and later, and completes the
/// original: 2 s doubling to 5 min, for 24 h. What no retry can mend is dead-lettered with a reason. Everything else is thrown, and the
/// platform counts.
/// </summary>
public sealed partial class BackOff(ServiceBusClient client, TimeProvider clock, ILogger<BackOff> logger)
{
    private const string AttemptProperty = "attempt";
    private const string FirstAttemptProperty = "first-attempt";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    public Task RunAsync(
        string queue, ServiceBusReceivedMessage message, ServiceBusMessageActions actions, Func<Task> work, CancellationToken cancellation) =>
        RunAsync(queue, [message], actions, work, cancellation);

    /// <summary>The work is one for all messages of a batch: it succeeds for all, or is repeated for all.</summary>
    public async Task RunAsync(
        string queue, IReadOnlyList<ServiceBusReceivedMessage> messages, ServiceBusMessageActions actions, Func<Task> work, CancellationToken cancellation)
    {
        try
        {
            await work();
        }
        catch (HopelessMessageException hopeless) when (messages.Count == 1)
        {
            Log.Hopeless(logger, queue, hopeless.Reason, hopeless);
            await DeadLetterAsync(messages[0], actions, hopeless.Reason, cancellation);
            return;
        }
        catch (Exception passing) when (Transient.Is(passing, cancellation))
        {
            Log.TryingAgain(logger, queue, messages.Count, Attempt(messages[0]), passing);
            await Task.WhenAll(messages.Select(message => TryAgainLaterAsync(queue, message, actions, cancellation)));
            return;
        }

        await Task.WhenAll(messages.Select(message => actions.CompleteMessageAsync(message, cancellation)));
    }

    /// <summary>For a message that no retry can mend. The reason is for machines; there is no description, which could hold patient data.</summary>
    public static Task DeadLetterAsync(
        ServiceBusReceivedMessage message, ServiceBusMessageActions actions, string reason, CancellationToken cancellation) =>
        actions.DeadLetterMessageAsync(message, deadLetterReason: reason, cancellationToken: cancellation);

    // Sent before the original is completed: a stop between the two doubles the message, and never loses it.
    private async Task TryAgainLaterAsync(
        string queue, ServiceBusReceivedMessage message, ServiceBusMessageActions actions, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var first = FirstAttempt(message) ?? now;
        if (now - first > GiveUpAfter)
        {
            await DeadLetterAsync(message, actions, "TransientFailureForADay", cancellation);
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
        await using var sender = client.CreateSender(queue);
        await sender.SendMessageAsync(again, cancellation);
        await actions.CompleteMessageAsync(message, cancellation);
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

    private static string OriginalId(ServiceBusReceivedMessage message)
    {
        var id = message.MessageId;
        var mark = id.LastIndexOf('~');
        return mark < 0 ? id : id[..mark];
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Warning, "{Count} message(s) on {Queue} failed for now (attempt {Attempt}); they come again later")]
        public static partial void TryingAgain(ILogger logger, string queue, int count, int attempt, Exception passing);

        [LoggerMessage(2002, LogLevel.Error, "A message on {Queue} cannot be processed ({Reason}); it is dead-lettered")]
        public static partial void Hopeless(ILogger logger, string queue, string reason, Exception hopeless);
    }
}
