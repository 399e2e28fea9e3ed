using EReferrals.Resilience;
using EReferrals.Status.Page;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Status.Canary;

/// <summary>
/// Every minute: sends a canary and writes the status page with its result. It is separate from the other timers, so that a fault in what the canary
/// checks cannot stop the canary.
/// </summary>
public sealed class SendCanaryAndWritePageFunction(CanaryProbe canary, StatusFiles files, TimerParts parts, Settings settings, TimeProvider clock)
{
    // The page is written on time, even without the result of this minute's canary.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    [Function(nameof(SendCanaryAndWritePageFunction))]
    public async Task SendAndWriteAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, FunctionContext context, CancellationToken cancellationToken)
    {
        var canaryIsBack = new TaskCompletionSource();
        await parts.RunAsync(
            TimerParts.WithinAMinute, cancellationToken, new TimerPart("SendCanary", SendAsync), new TimerPart("WriteStatusPage", WriteAsync));

        async Task SendAsync(CancellationToken token)
        {
            try
            {
                if (settings.CanaryEnabled) await canary.ProbeAsync(context, token);
            }
            finally
            {
                canaryIsBack.TrySetResult();
            }
        }

        async Task WriteAsync(CancellationToken token)
        {
            await Task.WhenAny(canaryIsBack.Task, Task.Delay(LongestWait, clock, token));
            await files.WriteAsync(token);
        }
    }
}
