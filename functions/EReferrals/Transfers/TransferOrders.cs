using EReferrals.Referrals.Organisations;
using EReferrals.Services;
using EReferrals.Storage.Tables;

namespace EReferrals.Transfers;

/// <summary>
/// Takes the order of a transfer: 1 write where it begins, 2 write it into the register. A stop between the two has ordered nothing, and whoever sends it again
/// orders it. The register is one row, so that of two orders that contradict each other the second is refused.
/// </summary>
public sealed class TransferOrders(TransferTable transfers, SuccessionRegister register, TimeProvider clock)
{
    public async Task<(Succession? Ordered, SuccessionConflict? Conflict)> OrderAsync(
        string from, string to, IReadOnlyList<string>? services, string why, Actor by, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var mine = new Succession(Guid.NewGuid().ToString(), from, to, services, why, by, now, IsRunning: true);
        await transfers.BeginAsync(Transfer.New(mine.Id, now), cancellationToken);
        SuccessionConflict? conflict = null;
        var after = await transfers.ChangeAsync(Added, cancellationToken);
        register.Saw(after);
        return conflict is null ? (after.Same(from, to, services), null) : (null, conflict);

        IReadOnlyList<Succession>? Added(Successions before)
        {
            // An earlier order, or a try of this one whose answer was lost.
            if (before.Same(from, to, services) is not null) return null;
            conflict = before.WhyNot(from, to, services);
            return conflict is null ? [.. before.All, mine] : null;
        }
    }

    /// <summary>
    /// Goes through everything once more, for what could not be moved: 1 let it run, 2 begin anew, 3 let it run, if a run found it finished between the two. A
    /// stop anywhere leaves an order that can be given again.
    /// </summary>
    public async Task<Succession> RepeatAsync(Succession succession, CancellationToken cancellationToken)
    {
        await LetRunAsync();
        await transfers.BeginAsync(Transfer.New(succession.Id, clock.GetUtcNow()), cancellationToken);
        register.Saw(await LetRunAsync());
        return succession with { IsRunning = true };

        Task<Successions> LetRunAsync() => transfers.ChangeAsync(before => before.With(succession.Id, isRunning: true), cancellationToken);
    }
}
