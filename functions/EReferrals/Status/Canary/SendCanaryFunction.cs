using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Status.Canary;

/// <summary>Sends a canary every minute, on one instance.</summary>
public sealed class SendCanaryFunction(CanaryProbe canary, Settings settings)
{
    [Function(nameof(SendCanaryFunction))]
    public Task SendAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, FunctionContext context, CancellationToken cancellationToken) =>
        settings.CanaryEnabled ? canary.ProbeAsync(context, cancellationToken) : Task.CompletedTask;
}
