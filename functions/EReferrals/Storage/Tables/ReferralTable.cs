using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Retention;

namespace EReferrals.Storage.Tables;

/// <summary>Referrals and their events. One transaction writes a referral's new state together with the event that produced it.</summary>
public sealed class ReferralTable(StorageClients storage)
{
    private const string CommitColumn = "CommitId";
    private const string AliasColumn = "AliasOf";
    private const string VersionColumn = "Version";
    private const string StateColumn = "State";
    private const string KeyHashColumn = "KeyHash";
    private const string BodyHashColumn = "BodyHash";
    private const string FencedColumn = "Fenced";

    private readonly TableClient _reading = storage.ForReading(TableKeys.Referrals);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Referrals);

    /// <summary>The referral, or for an alias its target; null when the UBRN has no row, or the referral was deleted.</summary>
    public async Task<StoredReferral?> FindAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(ubrn.ToString(), TableKeys.Current(ubrn), cancellationToken: cancellationToken);
        if (!row.HasValue || GoneReferrals.IsGone(row.Value!)) return null;
        // An alias always names a referral, never another alias: it comes from the claim of a key, and the UBRN that claims a key becomes a referral.
        return row.Value!.GetString(AliasColumn) is { } first ? await FindAsync(Ubrn.Parse(first), cancellationToken) : Stored(row.Value);
    }

    /// <summary>Saves the first version, or returns the referral that an earlier delivery of the same submission saved.</summary>
    /// <param name="key">The idempotency key of the submission; null when it has none.</param>
    /// <exception cref="UnprocessableMessageException">The UBRN belongs to another referral.</exception>
    /// <exception cref="ReferralGoneException">The referral was saved and deleted since.</exception>
    public async Task<Referral> InsertAsync(Decision.Changed first, Idempotency? key, CancellationToken cancellationToken)
    {
        var referral = first.After;
        var submitted = EventRow(referral.Ubrn, first.Event, Guid.NewGuid());
        // Stored in the event row, which never changes.
        if (key is not null) (submitted[KeyHashColumn], submitted[BodyHashColumn]) = (key.KeyHash, key.BodyHash);
        try
        {
            await _writing.SubmitTransactionAsync(
                [
                    new TableTransactionAction(TableTransactionActionType.Add, CurrentRow(referral)),
                    new TableTransactionAction(TableTransactionActionType.Add, submitted),
                ],
                cancellationToken);
            return referral;
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            var stored = await FindAsync(referral.Ubrn, cancellationToken);
            var saved = stored?.Referral ?? throw await WhyMissingAsync(referral.Ubrn, ex, cancellationToken);
            // The allocator never reuses a UBRN. If it did after a loss of its data, one referral must not be taken for another.
            var isSame = await SubmittedWithAsync(saved, cancellationToken) is { } original
                ? key?.KeyHash == original.KeyHash && key.IsOf(original.BodyHash)
                : MayBeSame(saved, referral);
            return isSame ? saved : throw new UnprocessableMessageException("NumberTaken", ex);
        }
    }

    private async Task<Exception> WhyMissingAsync(Ubrn ubrn, Exception cause, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(ubrn.ToString(), TableKeys.Current(ubrn), cancellationToken: cancellationToken);
        return row.HasValue && GoneReferrals.IsGone(row.Value!)
            ? new ReferralGoneException(cause)
            : new InvalidOperationException($"Referral {ubrn} exists but cannot be read.", cause);
    }

    // The idempotency key of the submission; null when it had none, or was saved before keys were stored.
    private async Task<Idempotency?> SubmittedWithAsync(Referral referral, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(
            referral.Ubrn.ToString(), TableKeys.Event(referral.Ubrn, version: 1), [KeyHashColumn, BodyHashColumn], cancellationToken);
        return row.HasValue && row.Value!.GetString(KeyHashColumn) is { } keyHash ? new Idempotency(keyHash, row.Value.GetString(BodyHashColumn)) : null;
    }

    // A retry may arrive hours later with the UBRN of its key and a different receipt time. Meanwhile the patient may have been corrected and the
    // organisation replaced.
    private static bool MayBeSame(Referral saved, Referral referral) =>
        saved.ClinicalReason == referral.ClinicalReason
        && (saved.Patient.NhsNumber == referral.Patient.NhsNumber || (saved.Received - referral.Received).Duration() < TimeSpan.FromMilliseconds(1));

    /// <summary>Makes <paramref name="alias"/> an alias of the referral <paramref name="first"/>. Idempotent.</summary>
    public async Task InsertAliasAsync(Ubrn alias, Ubrn first, CancellationToken cancellationToken)
    {
        var row = new TableEntity(alias.ToString(), TableKeys.Current(alias)) { [AliasColumn] = first.ToString() };
        try
        {
            await _writing.AddEntityAsync(row, cancellationToken);
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            // An earlier delivery inserted the alias.
        }
    }

    /// <summary>Replaces the version that was read by the next one. False when another writer changed the referral first; nothing is saved then.</summary>
    /// <param name="key">The idempotency key of the request that makes the change; null when it has none.</param>
    public async Task<bool> CommitAsync(StoredReferral read, Decision.Changed change, Idempotency? key, CancellationToken cancellationToken)
    {
        var commit = Guid.NewGuid();
        var actions = new List<TableTransactionAction>
        {
            new(TableTransactionActionType.UpdateReplace, CurrentRow(change.After), new ETag(read.Tag)),
            new(TableTransactionActionType.Add, EventRow(change.After.Ubrn, change.Event, commit)),
        };
        if (key is not null) actions.Add(new TableTransactionAction(TableTransactionActionType.Add, DoneRow(change.After, key)));
        if (change.After.LastSent.Any(one => one.Version == read.Referral.Version))
        {
            actions.Add(new TableTransactionAction(TableTransactionActionType.UpsertReplace, SentRow(read.Referral)));
        }

        try
        {
            await _writing.SubmitTransactionAsync(actions, cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status is 409 or 412)
        {
            // An earlier attempt whose response was lost may have succeeded.
            return await IsCommittedAsync(change.After, commit, cancellationToken);
        }
    }

    /// <summary>
    /// Changes the row of a referral, but not the referral. A command that read the referral earlier can no longer commit, however late it tries. False
    /// when another writer changed the referral first.
    /// </summary>
    public async Task<bool> FenceAsync(StoredReferral read, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var ubrn = read.Referral.Ubrn;
        var row = new TableEntity(ubrn.ToString(), TableKeys.Current(ubrn)) { [FencedColumn] = at };
        try
        {
            await _writing.UpdateEntityAsync(row, new ETag(read.Tag), TableUpdateMode.Merge, cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status is 404 or 412)
        {
            return false;
        }
    }

    /// <summary>The outcome of the organisation's earlier command with this key; null when there was none.</summary>
    public async Task<DoneCommand?> FindDoneAsync(Ubrn ubrn, string organisation, Idempotency key, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(
            ubrn.ToString(), TableKeys.Done(ubrn, organisation, key.KeyHash), cancellationToken: cancellationToken);
        return row.HasValue
            ? new DoneCommand(row.Value!.GetString(BodyHashColumn), Packed.Get(row.Value, StorageJson.Default.Referral))
            : null;
    }

    /// <summary>Records when an organisation first viewed the referral. Later views change nothing.</summary>
    public async Task RecordFirstViewAsync(Ubrn ubrn, FirstView view, CancellationToken cancellationToken)
    {
        var row = new TableEntity(ubrn.ToString(), TableKeys.Opened(ubrn, view.Organisation))
        {
            ["Role"] = Code.From(view.Role),
            ["At"] = view.At,
        };
        try
        {
            await _writing.AddEntityAsync(row, cancellationToken);
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
        }
    }

    public async Task<FirstView?> FindFirstViewAsync(Ubrn ubrn, string organisation, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(
            ubrn.ToString(), TableKeys.Opened(ubrn, organisation), cancellationToken: cancellationToken);
        return row.HasValue && Code.TryParse<Role>(row.Value!.GetString("Role"), out var role)
            ? new FirstView(organisation, role, row.Value.GetDateTimeOffset("At") ?? default)
            : null;
    }

    /// <summary>The former version that a provider lost the referral with; null when it was not kept.</summary>
    public async Task<Referral?> FindSentAsync(Ubrn ubrn, int version, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(
            ubrn.ToString(), TableKeys.Sent(ubrn, version), cancellationToken: cancellationToken);
        return row.HasValue ? Packed.Get(row.Value!, StorageJson.Default.Referral) : null;
    }

    /// <summary>The events of all versions, oldest first.</summary>
    public async Task<IReadOnlyList<ReferralEvent>> HistoryAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {ubrn.ToString()} and RowKey ge {TableKeys.EventsFrom} and RowKey lt {TableKeys.EventsTo}");
        var events = new List<ReferralEvent>();
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            events.Add(Packed.Get(row, StorageJson.Default.ReferralEvent));
        }

        return events;
    }

    // Checks the event, because it never changes, while other writers may have changed the referral since.
    private async Task<bool> IsCommittedAsync(Referral after, Guid commit, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(
            after.Ubrn.ToString(), TableKeys.Event(after.Ubrn, after.Version), [CommitColumn], cancellationToken);
        return row.HasValue && row.Value!.GetGuid(CommitColumn) == commit;
    }

    private static StoredReferral Stored(TableEntity row) =>
        new(Packed.Get(row, StorageJson.Default.Referral), row.ETag.ToString());

    private static TableEntity CurrentRow(Referral referral)
    {
        var row = new TableEntity(referral.Ubrn.ToString(), TableKeys.Current(referral.Ubrn))
        {
            [VersionColumn] = referral.Version,
            [StateColumn] = Code.From(referral.State),
        };
        Packed.Set(row, referral, StorageJson.Default.Referral);
        return row;
    }

    private static TableEntity SentRow(Referral referral)
    {
        var row = new TableEntity(referral.Ubrn.ToString(), TableKeys.Sent(referral.Ubrn, referral.Version));
        Packed.Set(row, referral, StorageJson.Default.Referral);
        return row;
    }

    private static TableEntity EventRow(Ubrn ubrn, ReferralEvent what, Guid commit)
    {
        var row = new TableEntity(ubrn.ToString(), TableKeys.Event(ubrn, what.Version)) { [CommitColumn] = commit };
        Packed.Set(row, what, StorageJson.Default.ReferralEvent);
        return row;
    }

    private static TableEntity DoneRow(Referral after, Idempotency key)
    {
        var rowKey = TableKeys.Done(after.Ubrn, after.UpdatedBy.Organisation, key.KeyHash);
        var row = new TableEntity(after.Ubrn.ToString(), rowKey) { [BodyHashColumn] = key.BodyHash };
        Packed.Set(row, after, StorageJson.Default.Referral);
        return row;
    }
}

/// <param name="Tag">The ETag of the row that was read, for <see cref="ReferralTable.CommitAsync"/>.</param>
public sealed record StoredReferral(Referral Referral, string Tag);

/// <param name="Referral">The referral after the command.</param>
public sealed record DoneCommand(string BodyHash, Referral Referral);
