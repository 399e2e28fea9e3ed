using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Storage.Tables;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.DeadLetters;

/// <summary>Moves dead letters from their queue into quarantine, so that operators see them and can replay them.</summary>
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
            // Whatever the failure, the message is neither settled nor thrown. A throw would deliver it again at once and soon use up its deliveries. An
            // unsettled message is delivered again when its lock expires, up to 2,000 times.
            Log.NotSaved(logger, letter.Queue, ex);
            return;
        }

        Log.Quarantined(logger, letter.Id, letter.Reason);
        telemetry.DeadLettered(letter.Queue);
        await actions.CompleteMessageAsync(message, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1801, LogLevel.Error, "Dead letter {Id} is in quarantine: {Reason}. Read it, then replay or discard it")]
        public static partial void Quarantined(ILogger logger, DeadLetterId id, string reason);

        [LoggerMessage(1802, LogLevel.Error, "A dead letter of {Queue} could not be saved; it is delivered again when its lock expires")]
        public static partial void NotSaved(ILogger logger, string queue, Exception failure);
    }
}
