using System.Diagnostics;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>
/// Sends together what callers send at the same time: one transfer with one acknowledgement costs the client half of what one for each costs.
/// Who comes alone is sent alone, and at once. Every caller gets the outcome of its own message: a batch that fails is sent again one by one.
/// A batch without an answer may have been stored; the queue must drop repeats by their message ids.
/// </summary>
internal sealed class SharedSends(ServiceBusSender sender)
{
    // With so many under way the others wait for the first of them, and then go together.
    private const int AtOnce = 2;
    private const int MostMessages = 100;

    // A batch may have 256 KB in the Standard tier.
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
        while (Next() is { Count: > 0 } together)
        {
            if (together.Count > 1 && await AreSentAsync(together)) continue;
            await Task.WhenAll(together.Select(SendAloneAsync));
        }
    }

    private List<Waiting> Next()
    {
        var together = new List<Waiting>();
        var bytes = 0;
        lock (_gate)
        {
            while (together.Count < MostMessages && _waiting.TryPeek(out var next) && (together.Count == 0 || bytes + next.Bytes <= MostBytes))
            {
                _waiting.Dequeue();
                // Who has left was told that nothing is accepted, and had better be right.
                if (next.Cancellation.IsCancellationRequested) continue;
                together.Add(next);
                bytes += next.Bytes;
            }

            if (together.Count == 0) _underWay--;
        }

        return together;
    }

    private async Task<bool> AreSentAsync(List<Waiting> together)
    {
        // It belongs to none of their traces; each message names its own.
        Activity.Current = null;
        try
        {
            await sender.SendWithinLimitAsync(together.Select(waiting => waiting.Message), CancellationToken.None);
        }
        catch (Exception)
        {
            // Each learns by its own send what is the matter.
            return false;
        }

        foreach (var waiting in together) waiting.Sent.TrySetResult();
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
            // Otherwise the client would name whatever is current when the batch goes.
            if (activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id }) message.ApplicationProperties[TraceProperty] = id;
        }

        public ServiceBusMessage Message { get; }

        public Activity? Activity { get; }

        public CancellationToken Cancellation { get; }

        public TaskCompletionSource Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Bytes => Message.Body.ToMemory().Length + HeaderBytes;
    }
}
