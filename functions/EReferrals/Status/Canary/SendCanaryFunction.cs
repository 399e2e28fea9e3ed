using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Status.Canary;

/// <summary>Every minute, on one instance.</summary>
public sealed class SendCanaryFunction(CanaryProbe canary, Settings settings)
{
    [Function(nameof(SendCanaryFunction))]
    public Task RunAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, FunctionContext context, CancellationToken cancellation) =>
        settings.CanaryEnabled ? canary.RunAsync(context, cancellation) : Task.CompletedTask;
}
