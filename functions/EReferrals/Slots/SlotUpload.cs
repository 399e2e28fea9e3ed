using EReferrals.Referrals.Slots;
using EReferrals.Storage.Slots;

namespace EReferrals.Slots;

/// <summary>Adds and changes slots of a service. Idempotent: a slot that is already as uploaded stays.</summary>
public sealed class SlotUpload(SlotTable table, SlotReservations reservations)
{
    private const int ReadsAtOnce = 16;
    private const int Tries = 4;

    /// <summary>Returns the result of each slot, in the order of the slots.</summary>
    internal async Task<IReadOnlyList<UploadedSlot>> SaveAsync(IReadOnlyList<Slot> slots, CancellationToken cancellationToken)
    {
        var results = new Dictionary<SlotName, UploadedSlot>();
        // Most uploads add new slots, so nothing is read before the first attempt.
        var pending = await SaveAsync([.. slots.Select(slot => new SlotChange(null, slot))], results, cancellationToken);
        for (var attempt = 2; pending.Count > 0 && attempt <= Tries; attempt++)
        {
            var changes = await ReadAsync(pending, results, cancellationToken);
            pending = await SaveAsync(changes, results, cancellationToken);
        }

        foreach (var slot in pending) results[slot.Name] = Refused(slot, "The slot was changed at the same time. Send it again.");
        return [.. slots.Select(slot => results[slot.Name])];
    }

    // Returns the slots that could not be saved.
    private async Task<IReadOnlyList<Slot>> SaveAsync(
        IReadOnlyList<SlotChange> changes, Dictionary<SlotName, UploadedSlot> results, CancellationToken cancellationToken)
    {
        var unsaved = (await table.SaveAsync(changes, cancellationToken)).Select(change => change.After).ToArray();
        foreach (var change in changes.ExceptBy(unsaved.Select(slot => slot.Name), change => change.After.Name))
        {
            results[change.After.Name] = new UploadedSlot(change.After.Name.Id, change.Before is null ? 201 : 200);
        }

        return unsaved;
    }

    // Returns the changes to save. The others have their result.
    private async Task<IReadOnlyList<SlotChange>> ReadAsync(
        IReadOnlyList<Slot> slots, Dictionary<SlotName, UploadedSlot> results, CancellationToken cancellationToken)
    {
        var changes = new List<SlotChange>();
        foreach (var some in slots.Chunk(ReadsAtOnce))
        {
            var read = await Task.WhenAll(some.Select(slot => ReadAsync(slot.Name, cancellationToken)));
            foreach (var (slot, before) in some.Zip(read))
            {
                if (before is { Slot.Hold: not null }) results[slot.Name] = Refused(slot, "The slot is booked, so it cannot be changed.");
                else if (before?.Slot == slot) results[slot.Name] = new UploadedSlot(slot.Name.Id, 200);
                else changes.Add(new SlotChange(before, slot));
            }
        }

        return changes;
    }

    private async Task<StoredSlot?> ReadAsync(SlotName name, CancellationToken cancellationToken)
    {
        await reservations.FindAsync(name, cancellationToken);
        return await table.FindAsync(name, cancellationToken);
    }

    private static UploadedSlot Refused(Slot slot, string detail) => new(slot.Name.Id, 409, SlotRules.NotAvailable, detail);
}
