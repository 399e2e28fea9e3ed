using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Contingency.Packs;

/// <summary>Every quarter of an hour. The platform runs a timer on one instance; two runs at once would do no harm.</summary>
public sealed class BuildPacksFunction(PackBuilder builder)
{
    [Function(nameof(BuildPacksFunction))]
    public Task BuildAsync([TimerTrigger("0 */15 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => builder.BuildAllAsync(cancellationToken);
}
