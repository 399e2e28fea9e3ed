using System.Diagnostics;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>
/// Batches the messages that callers send at the same time: one transfer with one acknowledgement costs half as much as one for each message. A
/// single message is sent at once. Every caller gets the outcome of its own message: if a batch fails, its messages are sent one by one. A batch
/// without a response may have been stored, so the queue must have duplicate detection.
/// </summary>
internal sealed class SharedSends(ServiceBusSender sender)
{
    // While this many sends are in progress, further messages wait and form the next batch.
    private const int AtOnce = 2;
    private const int MostMessages = 100;

    // The Standard tier accepts batches of at most 256 KB.
    private const int MostBytes = 192 * 1024;
    private const int HeaderBytes = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _underWay;

    /// <summary>Returns when the broker has acknowledged the message.</summary>
    public Task SendAsync(ServiceBusMessage message, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(message, Activity.Current, cancellationToken);
        bool isWorker;
        lock (_gate)
        {
            _waiting.Enqueue(waiting);
            isWorker = _underWay < AtOnce;
            if (isWorker) _underWay++;
        }

        if (isWorker) _ = SendWaitingAsync();
        return waiting.Sent.Task.WaitAsync(cancellationToken);
    }

    private async Task SendWaitingAsync()
    {
        while (Next() is { Count: > 0 } batch)
        {
            if (batch.Count > 1 && await AreSentAsync(batch)) continue;
            await Task.WhenAll(batch.Select(SendAloneAsync));
        }
    }

    private List<Waiting> Next()
    {
        var batch = new List<Waiting>();
        var bytes = 0;
        lock (_gate)
        {
            while (batch.Count < MostMessages && _waiting.TryPeek(out var next) && (batch.Count == 0 || bytes + next.Bytes <= MostBytes))
            {
                _waiting.Dequeue();
                // A caller that gave up was told that its referral was not accepted, so do not send it.
                if (next.Cancellation.IsCancellationRequested) continue;
                batch.Add(next);
                bytes += next.Bytes;
            }

            if (batch.Count == 0) _underWay--;
        }

        return batch;
    }

    private async Task<bool> AreSentAsync(List<Waiting> batch)
    {
        // The batch belongs to no single trace. Each message carries its own trace id.
        Activity.Current = null;
        try
        {
            await sender.SendWithinLimitAsync(batch.Select(waiting => waiting.Message), CancellationToken.None);
        }
        catch (Exception)
        {
            // The single sends that follow report the cause to each caller.
            return false;
        }

        foreach (var waiting in batch) waiting.Sent.TrySetResult();
        return true;
    }

    private async Task SendAloneAsync(Waiting waiting)
    {
        Activity.Current = waiting.Activity;
        try
        {
            await sender.SendWithinLimitAsync(waiting.Message, waiting.Cancellation);
            waiting.Sent.TrySetResult();
        }
        catch (Exception ex)
        {
            waiting.Sent.TrySetException(ex);
        }
    }

    private sealed class Waiting
    {
        private const string TraceProperty = "Diagnostic-Id";

        public Waiting(ServiceBusMessage message, Activity? activity, CancellationToken cancellationToken)
        {
            (Message, Activity, Cancellation) = (message, activity, cancellationToken);
            // Otherwise the client would set the trace that is current when the batch is sent.
            if (activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id }) message.ApplicationProperties[TraceProperty] = id;
        }

        public ServiceBusMessage Message { get; }

        public Activity? Activity { get; }

        public CancellationToken Cancellation { get; }

        public TaskCompletionSource Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Bytes => Message.Body.ToMemory().Length + HeaderBytes;
    }
}
