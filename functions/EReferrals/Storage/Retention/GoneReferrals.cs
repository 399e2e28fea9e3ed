using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Retention;

/// <summary>
/// Replaces a referral by its tombstone, in its own row: no late message can create the number again, and a command or a legal hold that comes between the
/// reading and the deletion changes the ETag and so prevents it.
/// </summary>
public sealed class GoneReferrals(StorageClients storage, ReferralTable referrals)
{
    private const string GoneColumn = "Gone";
    private const string FinishedColumn = "Finished";
    private const string AliasColumn = "AliasOf";

    private static readonly string[] Summary = ["PartitionKey", "RowKey", "Timestamp", AliasColumn, GoneColumn, FinishedColumn];

    private const int LooksAtOnce = 32;

    // A transaction holds at most 100 rows.
    private const int RowsAtOnce = 100;

    private readonly TableClient _table = storage.ForWriting(TableKeys.Referrals);

    internal static bool IsGone(TableEntity row) => row.GetBoolean(GoneColumn) == true;

    public async Task<FoundNumber> LookAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(ubrn.ToString(), TableKeys.Current(ubrn), cancellationToken: cancellationToken);
        if (!found.HasValue) return new FoundNumber.Nothing();
        var (row, tag) = (found.Value!, found.Value!.ETag.ToString());
        if (IsGone(row)) return new FoundNumber.Gone(Packed.Get(row, StorageJson.Default.Tombstone), tag);
        return row.GetString(AliasColumn) is { } first
            ? new FoundNumber.Alias(Ubrn.Parse(first), tag)
            : new FoundNumber.Present(Packed.Get(row, StorageJson.Default.Referral), tag);
    }

    /// <summary>The tombstone of a number; null when it has none.</summary>
    public async Task<Tombstone?> FindAsync(Ubrn ubrn, CancellationToken cancellationToken) =>
        await LookAsync(ubrn, cancellationToken) is FoundNumber.Gone { Stone: var stone } ? stone : null;

    /// <summary>The tombstone of a number, or of the referral that it became part of; null when there is none.</summary>
    public async Task<Tombstone?> FindFirstAsync(Ubrn ubrn, CancellationToken cancellationToken) => await LookAsync(ubrn, cancellationToken) switch
    {
        FoundNumber.Gone { Stone: var stone } => stone,
        FoundNumber.Alias { First: var first } => await FindAsync(first, cancellationToken),
        _ => null,
    };

    /// <summary>The numbers among these texts that became part of another referral, also of one that is gone, each with the number of that referral.</summary>
    public async Task<IReadOnlyDictionary<string, Ubrn>> AliasesAsync(IEnumerable<string?> texts, CancellationToken cancellationToken)
    {
        var aliases = new Dictionary<string, Ubrn>();
        foreach (var chunk in texts.Where(text => Ubrn.TryParse(text, out _)).Select(text => text!).Distinct().Chunk(LooksAtOnce))
        {
            var firsts = await Task.WhenAll(chunk.Select(number => FirstOfAsync(Ubrn.Parse(number), cancellationToken)));
            foreach (var (number, first) in chunk.Zip(firsts))
            {
                if (first is { } known) aliases[number] = known;
            }
        }

        return aliases;
    }

    // Unpacks no referral: one that cannot be read must not keep another from being erased.
    private async Task<Ubrn?> FirstOfAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(ubrn.ToString(), TableKeys.Current(ubrn), cancellationToken: cancellationToken);
        if (found is not { HasValue: true, Value: { } row }) return null;
        if (IsGone(row)) return Packed.Get(row, StorageJson.Default.Tombstone).First;
        return row.GetString(AliasColumn) is { } first ? Ubrn.Parse(first) : null;
    }

    /// <summary>The rows under all used numbers from one to another, without their contents.</summary>
    public async Task<IReadOnlyList<NumberRows>> RowsAsync(Ubrn first, Ubrn last, CancellationToken cancellationToken)
    {
        // Read over partitions, because most numbers of a range may be unused. The keys of all other partitions begin with a letter.
        var filter = TableClient.CreateQueryFilter($"PartitionKey ge {first.ToString()} and PartitionKey le {last.ToString()}");
        var rows = new List<TableEntity>();
        await foreach (var row in _table.QueryAsync<TableEntity>(filter, select: Summary, cancellationToken: cancellationToken))
        {
            if (IsCurrent(row) || IsDone(row)) rows.Add(row);
        }

        return [.. from row in rows group row by row.PartitionKey into number where number.Any(IsCurrent) select RowsOf(number.Single(IsCurrent), number)];
    }

    private static NumberRows RowsOf(TableEntity current, IEnumerable<TableEntity> all) => new(
        Ubrn.Parse(current.PartitionKey),
        current.GetString(AliasColumn) is not null,
        IsGone(current),
        current.GetBoolean(FinishedColumn) == true,
        WrittenAt(current),
        [.. all.Where(IsDone).Select(row => new DoneRow(row.RowKey, WrittenAt(row)))]);

    private static bool IsCurrent(TableEntity row) => row.RowKey.StartsWith(TableKeys.CurrentFrom, StringComparison.Ordinal);

    private static bool IsDone(TableEntity row) => row.RowKey.StartsWith(TableKeys.DoneFrom, StringComparison.Ordinal);

    private static DateTimeOffset WrittenAt(TableEntity row) => row.Timestamp ?? DateTimeOffset.MaxValue;

    /// <summary>The former versions of the referral that are stored, for past providers and for repeats of commands.</summary>
    public async Task<IReadOnlyList<Referral>> FormerAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var former = new List<Referral>();
        await foreach (var row in RowsOf(ubrn, columns: null, cancellationToken))
        {
            if (IsDone(row) || row.RowKey.StartsWith(TableKeys.SentFrom, StringComparison.Ordinal))
            {
                former.Add(Packed.Get(row, StorageJson.Default.Referral));
            }
        }

        return former;
    }

    /// <summary>
    /// Who changed the referral with this number, oldest change first: from its events, or from its tombstone when they are deleted. Empty for a number without
    /// a referral, and for an alias.
    /// </summary>
    public async Task<IReadOnlyList<PastChange>> ChangesAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var events = await referrals.HistoryAsync(ubrn, cancellationToken);
        // Events are deleted after the tombstone is there. Without one at this moment, all were read.
        return (await FindAsync(ubrn, cancellationToken))?.Changes ?? [.. events.Select(PastChange.From)];
    }

    /// <summary>The ids of the files that the referral with this number has or had. Empty for a number without a referral, and for an alias.</summary>
    public async Task<IReadOnlyList<string>> FilesAsync(Ubrn ubrn, CancellationToken cancellationToken) => await LookAsync(ubrn, cancellationToken) switch
    {
        FoundNumber.Gone { Stone: var stone } => stone.Files,
        FoundNumber.Present { Referral: var referral } => Tombstone.FilesOf([referral, .. await FormerAsync(ubrn, cancellationToken)]),
        _ => [],
    };

    /// <summary>Replaces the row with this ETag by a tombstone. False when it has changed since; then it is left as it is.</summary>
    public async Task<bool> BuryAsync(Tombstone stone, string tag, CancellationToken cancellationToken)
    {
        var row = new TableEntity(stone.Ubrn.ToString(), TableKeys.Current(stone.Ubrn)) { [GoneColumn] = true, [FinishedColumn] = stone.IsFinished };
        Packed.Set(row, stone, StorageJson.Default.Tombstone);
        try
        {
            await _table.UpdateEntityAsync(row, new ETag(tag), TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status == 412)
        {
            // An earlier attempt whose response was lost may have succeeded.
            return await FindAsync(stone.Ubrn, cancellationToken) is { } stored && stored.IsFinished == stone.IsFinished;
        }
    }

    /// <summary>Deletes every row under a number that has a tombstone, except the tombstone.</summary>
    public async Task ClearAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        await foreach (var row in RowsOf(ubrn, ["RowKey"], cancellationToken))
        {
            if (row.RowKey != TableKeys.Current(ubrn)) keys.Add(row.RowKey);
        }

        await DeleteAsync(ubrn, keys, cancellationToken);
    }

    public async Task DeleteAsync(Ubrn ubrn, IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        foreach (var chunk in keys.Chunk(RowsAtOnce))
        {
            var deletions = chunk.Select(key => new TableTransactionAction(
                TableTransactionActionType.Delete, new TableEntity(ubrn.ToString(), key), ETag.All));
            await _table.SubmitTransactionAsync(deletions, cancellationToken);
        }
    }

    /// <summary>Notes an erasure before it begins, so that the sweeper finishes it.</summary>
    public Task NoteAsync(Ubrn ubrn, DateTimeOffset at, CancellationToken cancellationToken) => _table.UpsertEntityAsync(
        new TableEntity(TableKeys.Erasures, TableKeys.Erasure(ubrn)) { ["Ubrn"] = ubrn.ToString(), ["At"] = at }, TableUpdateMode.Replace, cancellationToken);

    /// <summary>The noted erasures.</summary>
    public async IAsyncEnumerable<(Ubrn Ubrn, DateTimeOffset At)> NotedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {TableKeys.Erasures}");
        await foreach (var row in _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            yield return (Ubrn.Parse(row.GetString("Ubrn")), row.GetDateTimeOffset("At") ?? default);
        }
    }

    public async Task ForgetAsync(Ubrn ubrn, CancellationToken cancellationToken) =>
        await _table.DeleteEntityAsync(TableKeys.Erasures, TableKeys.Erasure(ubrn), ETag.All, cancellationToken);

    private AsyncPageable<TableEntity> RowsOf(Ubrn ubrn, IEnumerable<string>? columns, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {ubrn.ToString()}");
        return _table.QueryAsync<TableEntity>(filter, select: columns, cancellationToken: cancellationToken);
    }
}
