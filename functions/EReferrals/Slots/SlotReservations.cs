using EReferrals.Referrals;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Slots;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Slots;

/// <summary>
/// Gives slots to referrals so that no slot is ever in two of them. A command reserves the slot, saves the referral, and then the slot is taken. When the
/// command stops between these steps, the referral decides: if it has the appointment, the slot is taken; if not, the expired reservation is released.
/// Before that, the row of the referral is changed, so that a command that wakes up later cannot save the referral with a slot that it has lost.
/// </summary>
public sealed partial class SlotReservations(SlotTable slots, ReferralTable referrals, TimeProvider clock, ILogger<SlotReservations> logger)
{
    /// <summary>Longer than a commit may take, and shorter than the delay of the follow-up, which then finds the reservation expired.</summary>
    public static readonly TimeSpan ReservedFor = TimeSpan.FromSeconds(25);

    private const int Tries = 10;

    /// <summary>A service with more free slots than this shows its first ones.</summary>
    internal const int MostFree = 10_000;

    /// <summary>Returns the slot; null when there is none. Settles an expired reservation first.</summary>
    public async Task<Slot?> FindAsync(SlotName name, CancellationToken cancellationToken)
    {
        var stored = await slots.FindAsync(name, cancellationToken);
        return stored is not null && SlotRules.HasExpired(stored.Slot, clock.GetUtcNow()) ? await SettleAsync(name, cancellationToken) : stored?.Slot;
    }

    /// <summary>Returns the slot that a command names for a service. An id that this service issued also finds a slot of another service.</summary>
    public async Task<NamedSlot> NameAsync(string service, string id, CancellationToken cancellationToken)
    {
        var found = await FindAsync(new SlotName(service, id), cancellationToken);
        if (found is null && SlotIds.ServiceOf(id) is { } other && other != service) found = await FindAsync(new SlotName(other, id), cancellationToken);
        return new NamedSlot(id, found);
    }

    /// <summary>
    /// Returns slots of a service in the order of their start times, and the place after which the next page begins; null when there is none. Settles
    /// expired reservations, so that a booking that stopped half-way hides its slot only until then.
    /// </summary>
    /// <param name="after">The place of an earlier page; null at the start.</param>
    public async Task<(IReadOnlyList<Slot> Slots, string? Next)> ListAsync(
        string service, SlotFilter choice, string? after, int limit, CancellationToken cancellationToken)
    {
        // One more than is shown tells whether there is a next page.
        var found = await slots.ListAsync(service, choice, after, limit + 1, cancellationToken);
        var shown = new List<Slot>();
        foreach (var slot in found.Take(limit))
        {
            var now = SlotRules.HasExpired(slot, clock.GetUtcNow()) ? await TrySettleAsync(slot, cancellationToken) : slot;
            if (now is not null && (choice.OpenAt is null || now.Hold is null)) shown.Add(now);
        }

        return (shown, found.Count > limit ? SlotTable.PlaceOf(found[limit - 1]) : null);
    }

    /// <summary>
    /// Returns the first free slots of a service that have not started, in the order of their start times, and whether there may be more.
    /// </summary>
    /// <param name="clinician">Only slots of this clinician; null for all.</param>
    public async Task<(IReadOnlyList<Slot> Slots, bool HasMore)> FreeAsync(
        string service, Priority priority, string? clinician, int most, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var choice = new SlotFilter(now, null, priority, clinician, OpenAt: now);
        var (shown, next) = await ListAsync(service, choice, after: null, most, cancellationToken);
        return (shown, next is not null);
    }

    /// <summary>Returns the priorities for which the service has a free slot.</summary>
    public async Task<IReadOnlyList<Priority>> FreePrioritiesAsync(string service, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var priorities = Enum.GetValues<Priority>();
        var found = await Task.WhenAll(priorities.Select(priority =>
            ListAsync(service, new SlotFilter(now, Priority: priority, OpenAt: now), after: null, limit: 50, cancellationToken)));
        return [.. priorities.Where((_, at) => found[at].Slots.Count > 0)];
    }

    /// <summary>Reserves a slot for a referral. False when another referral has it, or when its provider has changed or withdrawn it.</summary>
    /// <param name="appointment">The appointment as it was decided.</param>
    /// <param name="request">Names the command in the row.</param>
    /// <exception cref="TimeoutException">Another writer changed the slot first at each of ten attempts.</exception>
    public async Task<bool> TryReserveAsync(
        SlotName name, Appointment appointment, Ubrn ubrn, string request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await slots.FindAsync(name, cancellationToken) is not { } stored || SlotRules.AppointmentOf(stored.Slot) != appointment) return false;
            if (SlotRules.Reserved(stored.Slot, ubrn, request, clock.GetUtcNow() + ReservedFor) is not { } reserved) return false;
            if (await slots.TrySaveAsync(new SlotChange(stored, reserved), cancellationToken)) return true;
            await PauseAsync(name, attempt, cancellationToken);
        }
    }

    /// <summary>
    /// Makes the slot what its referral says, and returns it; null when there is no such slot. A reservation that has not expired is kept, unless the
    /// referral has the appointment. Idempotent.
    /// </summary>
    /// <exception cref="TimeoutException">Another writer changed the slot or its referral first at each of ten attempts.</exception>
    public Task<Slot?> SettleAsync(SlotName name, CancellationToken cancellationToken) => SettleAsync(name, ended: null, cancellationToken);

    /// <summary>As above, for a command that could not save the referral: its reservation counts as expired.</summary>
    /// <param name="ended">The request of the command.</param>
    public async Task<Slot?> SettleAsync(SlotName name, string? ended, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await slots.FindAsync(name, cancellationToken) is not { } stored) return null;
            if (stored.Slot.Hold is not { } hold) return stored.Slot;
            var holder = await referrals.FindAsync(hold.Ubrn, cancellationToken);
            var fate = SlotRules.FateOf(stored.Slot, holder?.Referral, clock.GetUtcNow(), ended);
            if (fate == SlotFate.Keep) return stored.Slot;
            var after = SlotRules.After(stored.Slot, fate);
            if (await IsFencedAsync(fate, holder, cancellationToken) && await slots.TrySaveAsync(new SlotChange(stored, after), cancellationToken))
            {
                if (fate == SlotFate.ReleaseAfterFence) Log.Released(logger, name, hold.Ubrn);
                return after;
            }

            await PauseAsync(name, attempt, cancellationToken);
        }
    }

    /// <summary>
    /// Compares the slots of a referral with the referral, for the reconciler. Returns whether one of them was wrong. A slot that another referral has
    /// too can only be reported.
    /// </summary>
    public async Task<bool> RepairAsync(Referral referral, CancellationToken cancellationToken)
    {
        var isWrong = false;
        var held = SlotRules.SlotOf(referral);
        if (referral.ReleasedSlot is { } released && released != held
            && await slots.FindAsync(released, cancellationToken) is { Slot.Hold: { } hold } && hold.Ubrn == referral.Ubrn)
        {
            isWrong = (await SettleAsync(released, cancellationToken))?.Hold?.Ubrn != referral.Ubrn;
        }

        return (held is not null && await RepairAsync(held, referral, cancellationToken)) || isWrong;
    }

    // A read must not fail because something cannot be written.
    private async Task<Slot?> TrySettleAsync(Slot slot, CancellationToken cancellationToken)
    {
        try
        {
            return await SettleAsync(slot.Name, cancellationToken);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            return slot;
        }
    }

    private async Task<bool> RepairAsync(SlotName name, Referral referral, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var taken = new SlotHold(referral.Ubrn);
            var stored = await slots.FindAsync(name, cancellationToken);
            if (stored?.Slot.Hold == taken) return attempt > 1;
            if (stored?.Slot.Hold is { } other && other.Ubrn != referral.Ubrn)
            {
                if (await SettleAsync(name, cancellationToken) is { Hold: { } still } && still.Ubrn != referral.Ubrn)
                {
                    return await IsInTwoAsync(name, referral.Ubrn, still, cancellationToken);
                }
            }
            else
            {
                // The row can be missing or old after the tables were restored from a copy.
                var appointment = referral.Appointment!;
                var slot = stored?.Slot ?? new Slot(name, appointment.Start, appointment.End, referral.Priority, appointment.Clinician);
                if (await slots.TrySaveAsync(new SlotChange(stored, slot with { Hold = taken }), cancellationToken)) return true;
            }

            await PauseAsync(name, attempt, cancellationToken);
        }
    }

    // The referral may have given the slot back since the reconciler read it. A reservation is decided by the reconciler's next run.
    private async Task<bool> IsInTwoAsync(SlotName name, Ubrn ubrn, SlotHold other, CancellationToken cancellationToken)
    {
        if (await referrals.FindAsync(ubrn, cancellationToken) is not { } now || SlotRules.SlotOf(now.Referral) != name) return false;
        if (!other.IsReservation) Log.InTwoReferrals(logger, name, ubrn, other.Ubrn);
        return true;
    }

    private async Task<bool> IsFencedAsync(SlotFate fate, StoredReferral? holder, CancellationToken cancellationToken) =>
        fate != SlotFate.ReleaseAfterFence || holder is null || await referrals.FenceAsync(holder, clock.GetUtcNow(), cancellationToken);

    private static Task PauseAsync(SlotName name, int attempt, CancellationToken cancellationToken) => attempt < Tries
        ? Task.Delay(RacePause.After(attempt), TimeProvider.System, cancellationToken)
        : throw new TimeoutException($"Slot {name} was changed concurrently at each of {Tries} attempts.");

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Information, "The reservation of slot {Slot} for referral {Ubrn} expired without a booking; the slot is free")]
        public static partial void Released(ILogger logger, SlotName slot, Ubrn ubrn);

        [LoggerMessage(3102, LogLevel.Error, "Slot {Slot} is the appointment of two referrals, {Ubrn} and {Other}. Tell the provider")]
        public static partial void InTwoReferrals(ILogger logger, SlotName slot, Ubrn ubrn, Ubrn other);
    }
}
