using System.Globalization;
using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Slots;

/// <summary>
/// The slots of each service. A slot has two rows, which one transaction writes: one with the slot's id, whose ETag decides who changes the slot, and a
/// copy of it in the order of the start times.
/// </summary>
public sealed class SlotTable(StorageClients storage)
{
    private const int MaxActions = 100;

    private static readonly string[] Columns = ["RowKey", "Id", "Start", "End", "Priority", "Clinician", "Status", "Ubrn", "Until", "Request"];

    private readonly TableClient _reading = storage.ForReading(TableKeys.Slots);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Slots);

    /// <summary>The slot; null when it does not exist.</summary>
    public async Task<StoredSlot?> FindAsync(SlotName name, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(name.Service, TableKeys.Slot(name), cancellationToken: cancellationToken);
        return row.HasValue ? new StoredSlot(SlotOf(row.Value!), row.Value!.ETag.ToString()) : null;
    }

    /// <summary>False when the slot has changed since it was read, or already exists; nothing is saved then.</summary>
    public Task<bool> TrySaveAsync(SlotChange change, CancellationToken cancellationToken) => TrySubmitAsync([.. ActionsOf(change)], cancellationToken);

    /// <summary>Saves changes of slots of one service. Returns those that could not be saved, because the slot has changed or already exists.</summary>
    public async Task<IReadOnlyList<SlotChange>> SaveAsync(IReadOnlyList<SlotChange> changes, CancellationToken cancellationToken)
    {
        var unsaved = new List<SlotChange>();
        foreach (var batch in BatchesOf(changes))
        {
            if (await TrySubmitAsync([.. batch.SelectMany(ActionsOf)], cancellationToken)) continue;
            // One transaction is all or nothing, so find the changes that failed.
            foreach (var change in batch)
            {
                if (!await TrySaveAsync(change, cancellationToken)) unsaved.Add(change);
            }
        }

        return unsaved;
    }

    /// <summary>False when the slot has changed since it was read.</summary>
    public Task<bool> TryDeleteAsync(StoredSlot stored, CancellationToken cancellationToken) => TrySubmitAsync(
        [
            new TableTransactionAction(TableTransactionActionType.Delete, RowOf(stored.Slot, TableKeys.Slot(stored.Slot.Name)), new ETag(stored.Tag)),
            new TableTransactionAction(TableTransactionActionType.Delete, RowOf(stored.Slot, TableKeys.SlotTime(stored.Slot)), ETag.All),
        ],
        cancellationToken);

    /// <summary>Slots in the order of their start times.</summary>
    /// <param name="after">The place of the last slot that the caller has; null at the start.</param>
    public async Task<IReadOnlyList<Slot>> ListAsync(
        string service, SlotFilter choice, string? after, int take, CancellationToken cancellationToken)
    {
        var slots = new List<Slot>();
        await foreach (var row in _reading.QueryAsync<TableEntity>(FilterOf(service, choice, after), Math.Min(take, 1000), Columns, cancellationToken))
        {
            slots.Add(SlotOf(row, service));
            if (slots.Count == take) break;
        }

        return slots;
    }

    /// <summary>The place of a slot in the list, for the next page.</summary>
    public static string PlaceOf(Slot slot) => TableKeys.SlotTime(slot)[TableKeys.SlotTimes(slot.Name.Service).Length..];

    private async Task<bool> TrySubmitAsync(IReadOnlyList<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        try
        {
            await _writing.SubmitTransactionAsync(actions, cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    private static IEnumerable<TableTransactionAction> ActionsOf(SlotChange change)
    {
        var (after, time) = (change.After, TableKeys.SlotTime(change.After));
        var row = RowOf(after, TableKeys.Slot(after.Name));
        yield return change.Before is { Tag: var tag }
            ? new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, new ETag(tag))
            : new TableTransactionAction(TableTransactionActionType.Add, row);
        if (change.Before?.Slot is { } before && TableKeys.SlotTime(before) is var oldTime && oldTime != time)
        {
            yield return new TableTransactionAction(TableTransactionActionType.Delete, RowOf(before, oldTime), ETag.All);
        }

        yield return new TableTransactionAction(TableTransactionActionType.UpsertReplace, RowOf(after, time));
    }

    private static IEnumerable<IReadOnlyList<SlotChange>> BatchesOf(IReadOnlyList<SlotChange> changes)
    {
        var batch = new List<SlotChange>();
        var actions = 0;
        foreach (var change in changes)
        {
            var needed = ActionsOf(change).Count();
            if (actions + needed > MaxActions)
            {
                yield return batch;
                (batch, actions) = ([], 0);
            }

            batch.Add(change);
            actions += needed;
        }

        if (batch.Count > 0) yield return batch;
    }

    private static string FilterOf(string service, SlotFilter choice, string? after)
    {
        var times = TableKeys.SlotTimes(service);
        // The keys have whole seconds, so the exact times are compared as well.
        var from = after is not null ? times + after : TableKeys.SlotTimesAt(service, choice.From);
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {service} and RowKey gt {from} and Start ge {choice.From}");
        filter += choice.To is { } to
            ? TableClient.CreateQueryFilter($" and RowKey lt {TableKeys.SlotTimesAt(service, to) + TableKeys.AfterAll} and Start lt {to}")
            : TableClient.CreateQueryFilter($" and RowKey lt {times + TableKeys.AfterAll}");
        if (choice.OpenAt is { } now) filter += TableClient.CreateQueryFilter($" and (Status eq {Code.From(SlotStatus.Free)} or Until le {now})");
        if (choice.Priority is { } priority) filter += TableClient.CreateQueryFilter($" and Priority eq {Code.From(priority)}");
        if (choice.Clinician is { } clinician) filter += TableClient.CreateQueryFilter($" and Clinician eq {clinician}");
        return filter;
    }

    private static TableEntity RowOf(Slot slot, string rowKey)
    {
        var row = new TableEntity(slot.Name.Service, rowKey)
        {
            ["Id"] = slot.Name.Id,
            ["Start"] = slot.Start,
            ["End"] = slot.End,
            ["Priority"] = Code.From(slot.Priority),
            ["Status"] = Code.From(slot.Status),
        };
        if (slot.Clinician is { } clinician) row["Clinician"] = clinician;
        if (slot.Hold is not { } hold) return row;
        row["Ubrn"] = hold.Ubrn.ToString();
        if (hold.Until is { } until) row["Until"] = until;
        if (hold.Request is { } request) row["Request"] = request;
        return row;
    }

    private static Slot SlotOf(TableEntity row) => SlotOf(row, row.PartitionKey);

    private static Slot SlotOf(TableEntity row, string service)
    {
        if (!Code.TryParse<Priority>(row.GetString("Priority"), out var priority)) throw Unreadable();
        var name = new SlotName(service, row.GetString("Id"));
        return new Slot(name, InstantOf("Start"), InstantOf("End"), priority, row.GetString("Clinician"))
        {
            Hold = row.GetString("Ubrn") is { } ubrn
                ? new SlotHold(Ubrn.Parse(ubrn), row.GetDateTimeOffset("Until"), row.GetString("Request"))
                : null,
        };

        DateTimeOffset InstantOf(string column) => row.GetDateTimeOffset(column) ?? throw Unreadable();

        InvalidDataException Unreadable() => new(string.Create(CultureInfo.InvariantCulture, $"Row {row.RowKey} of {TableKeys.Slots} is unreadable."));
    }
}

/// <param name="Tag">The ETag of the row that was read.</param>
public sealed record StoredSlot(Slot Slot, string Tag);

/// <param name="Before">The slot as it was read; null for a new slot.</param>
public sealed record SlotChange(StoredSlot? Before, Slot After);
