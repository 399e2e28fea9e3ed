using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Storage.Tables;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.DeadLetters;

/// <summary>Reads the queue to which the broker brings all dead letters, so that what could not be processed is seen and can be replayed.</summary>
public sealed partial class QuarantineFunction(QuarantineTable quarantine, ServiceTelemetry telemetry, TimeProvider clock, ILogger<QuarantineFunction> logger)
{
    [Function(nameof(QuarantineFunction))]
    public async Task QuarantineAsync(
        [ServiceBusTrigger(Queues.DeadLetters, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken)
    {
        var letter = message.ToDeadLetter(clock.GetUtcNow());
        try
        {
            await quarantine.SaveAsync(letter, message.Body, cancellationToken);
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            // Neither settled nor thrown, whatever it is: a thrown dead letter comes back at once, and is soon given up itself; an unsettled
            // one when its lock has run out, 2,000 times.
            Log.ComesAgain(logger, letter.Queue, ex);
            return;
        }

        Log.Quarantined(logger, letter.Id, letter.Reason);
        telemetry.DeadLettered(letter.Queue);
        await actions.CompleteMessageAsync(message, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Error, "Dead letter {Id} is in quarantine: {Reason}. Look at it, then replay or discard it")]
        public static partial void Quarantined(ILogger logger, DeadLetterId id, string reason);

        [LoggerMessage(3102, LogLevel.Error, "A dead letter of {Queue} could not be saved; it comes again when its lock has run out")]
        public static partial void ComesAgain(ILogger logger, string queue, Exception failed);
    }
}
