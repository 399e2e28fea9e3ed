using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Services;
using EReferrals.Storage.Tables;

namespace EReferrals.Transfers;

/// <summary>
/// Stores a requested transfer: 1 write its progress row, 2 add it to the register. After a stop between the two, nothing was requested, and a retry
/// requests it. The register is one row, so the second of two contradictory requests is refused.
/// </summary>
public sealed class TransferOrders(TransferTable transfers, SuccessionRegister register, TimeProvider clock)
{
    /// <summary>Returns the transfer, or why it is refused. The same request returns the earlier transfer.</summary>
    public async Task<Result<Succession>> OrderAsync(
        string from, string to, IReadOnlyList<string>? services, string why, Actor by, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var requested = new Succession(Guid.NewGuid().ToString(), from, to, services, why, by, now, IsRunning: true);
        await transfers.BeginAsync(Transfer.New(requested.Id, now), cancellationToken);
        SuccessionConflict? conflict = null;
        var after = await transfers.ChangeAsync(Added, cancellationToken);
        register.Saw(after);
        if (conflict is not null) return Problem.Conflict("transfer-conflict", "The transfer conflicts with another transfer", conflict.Text);
        return after.Same(from, to, services) ?? throw new InvalidDataException($"Transfer {requested.Id} is not in the register.");

        IReadOnlyList<Succession>? Added(Successions before)
        {
            // An earlier request, or an attempt of this one whose response was lost.
            if (before.Same(from, to, services) is not null) return null;
            conflict = before.WhyNot(from, to, services);
            return conflict is null ? [.. before.All, requested] : null;
        }
    }

    /// <summary>
    /// Runs a finished transfer again, for what it could not move: 1 mark it as running, 2 reset its progress, 3 mark it as running again, in case a run
    /// marked it as finished between the two. After a stop at any point, the operator can request it again.
    /// </summary>
    public async Task<Succession> RepeatAsync(Succession succession, CancellationToken cancellationToken)
    {
        await MarkAsRunningAsync();
        await transfers.BeginAsync(Transfer.New(succession.Id, clock.GetUtcNow()), cancellationToken);
        register.Saw(await MarkAsRunningAsync());
        return succession with { IsRunning = true };

        Task<Successions> MarkAsRunningAsync() => transfers.ChangeAsync(before => before.With(succession.Id, isRunning: true), cancellationToken);
    }
}
