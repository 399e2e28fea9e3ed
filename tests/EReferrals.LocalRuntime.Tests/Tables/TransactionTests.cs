using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using EReferrals.LocalRuntime.Tests.Azurite;

namespace EReferrals.LocalRuntime.Tests.Tables;

[Collection(AzuriteCollection.Name)]
public sealed class TransactionTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private TableClient _table = null!;

    public async Task InitializeAsync() => _table = await azurite.NewTableAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_transaction_of_100_adds_answers_each_with_the_etag_of_its_entity()
    {
        var result = await _table.SubmitTransactionAsync(Adds(100));

        Assert.Equal(202, result.GetRawResponse().Status);
        Assert.Equal(100, result.Value.Count);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(204, result.Value[i].Status);
            Assert.Equal((await _table.GetEntityAsync<TableEntity>("p", $"{i}")).Value.ETag, result.Value[i].Headers.ETag);
        }
    }

    [Fact]
    public async Task A_transaction_of_101_is_refused_and_writes_nothing()
    {
        var refused = await Assert.ThrowsAsync<TableTransactionFailedException>(() => _table.SubmitTransactionAsync(Adds(101)));

        Assert.Equal(400, refused.Status);
        Assert.Equal(TableErrorCode.InvalidInput, refused.ErrorCode);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_transaction_over_two_partitions_is_refused()
    {
        TableTransactionAction[] actions = [Add("p", "1"), Add("q", "2")];

        var refused = await Assert.ThrowsAsync<TableTransactionFailedException>(() => _table.SubmitTransactionAsync(actions));

        Assert.Equal(TableErrorCode.CommandsInBatchActOnDifferentPartitions, refused.ErrorCode);
        Assert.Equal(1, refused.FailedTransactionActionIndex);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_transaction_that_names_an_entity_twice_is_refused()
    {
        TableTransactionAction[] actions = [Add("p", "1"), Add("p", "2"), new(TableTransactionActionType.Delete, new TableEntity("p", "1"))];

        var refused = await Assert.ThrowsAsync<TableTransactionFailedException>(() => _table.SubmitTransactionAsync(actions));

        Assert.Equal(TableErrorCode.InvalidDuplicateRow, refused.ErrorCode);
        Assert.Equal(2, refused.FailedTransactionActionIndex);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task An_empty_transaction_is_an_error() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => _table.SubmitTransactionAsync([]));

    [Fact]
    public async Task A_transaction_over_4_MiB_is_refused()
    {
        var actions = Enumerable.Range(0, 20).Select(i => new TableTransactionAction(
            TableTransactionActionType.Add, new TableEntity("p", $"{i}") { ["A"] = new byte[60_000], ["B"] = new byte[60_000], ["C"] = new byte[60_000] }));

        var refused = await Assert.ThrowsAsync<TableTransactionFailedException>(() => _table.SubmitTransactionAsync(actions));

        Assert.Equal(413, refused.Status);
        Assert.Equal(TableErrorCode.ContentLengthExceeded, refused.ErrorCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(9)]
    public async Task A_failing_add_is_reported_by_index_and_nothing_of_the_transaction_stays(int failing)
    {
        await _table.AddEntityAsync(new TableEntity("p", $"{failing}") { ["N"] = "before" });

        var failed = await Assert.ThrowsAsync<TableTransactionFailedException>(() => _table.SubmitTransactionAsync(Adds(10)));

        Assert.Equal(409, failed.Status);
        Assert.Equal(TableErrorCode.EntityAlreadyExists, failed.ErrorCode);
        Assert.Equal(failing, failed.FailedTransactionActionIndex);
        Assert.Equal(1, await CountAsync());
        Assert.Equal("before", (await _table.GetEntityAsync<TableEntity>("p", $"{failing}")).Value.GetString("N"));
    }

    [Fact]
    public async Task A_failing_transaction_takes_back_updates_merges_upserts_and_deletes()
    {
        foreach (var key in new[] { "replaced", "merged", "upserted", "deleted", "stale" })
        {
            await _table.AddEntityAsync(new TableEntity("p", key) { ["N"] = "before", ["L"] = 7L });
        }

        TableTransactionAction[] actions =
        [
            new(TableTransactionActionType.UpdateReplace, After("replaced"), ETag.All),
            new(TableTransactionActionType.UpdateMerge, After("merged"), ETag.All),
            new(TableTransactionActionType.UpsertReplace, After("upserted")),
            new(TableTransactionActionType.UpsertMerge, After("inserted")),
            new(TableTransactionActionType.Delete, After("deleted")),
            new(TableTransactionActionType.UpdateReplace, After("stale"), new ETag("W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\"")),
        ];
        var failed = await Assert.ThrowsAsync<TableTransactionFailedException>(() => _table.SubmitTransactionAsync(actions));

        Assert.Equal(412, failed.Status);
        Assert.Equal(TableErrorCode.UpdateConditionNotSatisfied, failed.ErrorCode);
        Assert.Equal(5, failed.FailedTransactionActionIndex);
        Assert.Equal(5, await CountAsync());
        await foreach (var entity in _table.QueryAsync<TableEntity>())
        {
            Assert.Equal("before", entity.GetString("N"));
            Assert.Equal(7L, entity.GetInt64("L"));
        }
    }

    [Fact]
    public async Task All_kinds_of_change_commit_together()
    {
        foreach (var key in new[] { "replaced", "merged", "upserted", "deleted" })
        {
            await _table.AddEntityAsync(new TableEntity("p", key) { ["N"] = "before", ["Other"] = 1 });
        }

        TableTransactionAction[] actions =
        [
            new(TableTransactionActionType.Add, After("added")),
            new(TableTransactionActionType.UpdateReplace, After("replaced"), ETag.All),
            new(TableTransactionActionType.UpdateMerge, After("merged"), ETag.All),
            new(TableTransactionActionType.UpsertMerge, After("upserted")),
            new(TableTransactionActionType.UpsertReplace, After("inserted")),
            new(TableTransactionActionType.Delete, After("deleted"), ETag.All),
        ];
        var result = await _table.SubmitTransactionAsync(actions);

        var stored = new Dictionary<string, (string? N, int? Other)>();
        await foreach (var entity in _table.QueryAsync<TableEntity>()) stored[entity.RowKey] = (entity.GetString("N"), entity.GetInt32("Other"));
        Assert.Equal(6, result.Value.Count);
        Assert.All(result.Value, answer => Assert.Equal(204, answer.Status));
        Assert.Equal(
            new Dictionary<string, (string?, int?)>
            {
                ["added"] = ("after", null), ["replaced"] = ("after", null), ["merged"] = ("after", 1), ["upserted"] = ("after", 1), ["inserted"] = ("after", null),
            },
            stored);
    }

    [Fact]
    public async Task An_update_without_an_etag_is_refused_because_the_service_would_insert()
    {
        TableTransactionAction[] actions = [new(TableTransactionActionType.UpdateReplace, After("missing"))];

        await Assert.ThrowsAsync<ArgumentException>(() => _table.SubmitTransactionAsync(actions));
    }

    [Fact]
    public async Task Updating_what_is_missing_fails_the_transaction_and_inserts_nothing()
    {
        TableTransactionAction[] actions = [Add("p", "1"), new(TableTransactionActionType.UpdateReplace, After("missing"), ETag.All)];

        var failed = await Assert.ThrowsAsync<TableTransactionFailedException>(() => _table.SubmitTransactionAsync(actions));

        Assert.Equal(404, failed.Status);
        Assert.Equal(1, failed.FailedTransactionActionIndex);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task Values_that_look_like_the_protocol_stay_values()
    {
        string[] values =
        [
            "--changeset_x--\r\nDELETE http://127.0.0.1/T(PartitionKey='p',RowKey='0') HTTP/1.1\r\n\r\n", "HTTP/1.1 409 Conflict", "}\u2028{", "{\"a\":{}}", "é ü 漢字 🩺", "%27%2F '' \" \\ <&>",
        ];
        await _table.SubmitTransactionAsync(values.Select((value, i) =>
            new TableTransactionAction(TableTransactionActionType.UpsertReplace, new TableEntity("p", $"{i}") { ["Value"] = value })));

        for (var i = 0; i < values.Length; i++) Assert.Equal(values[i], (await _table.GetEntityAsync<TableEntity>("p", $"{i}")).Value.GetString("Value"));
    }

    [Fact]
    public async Task Concurrent_transactions_on_one_counter_lose_no_update()
    {
        const int Writers = 8, Rounds = 10;
        await _table.AddEntityAsync(new TableEntity("p", "head") { ["Version"] = 0 });

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var done = 0; done < Rounds;)
            {
                var head = (await _table.GetEntityAsync<TableEntity>("p", "head")).Value;
                var version = head.GetInt32("Version")!.Value + 1;
                head["Version"] = version;
                try
                {
                    await _table.SubmitTransactionAsync(
                    [
                        new(TableTransactionActionType.Add, new TableEntity("p", $"event-{version:D4}") { ["Writer"] = writer }),
                        new(TableTransactionActionType.UpdateReplace, head, head.ETag),
                    ]);
                    done++;
                }
                catch (TableTransactionFailedException e) when (e.Status is 409 or 412)
                {
                    // Another writer was first.
                }
            }
        }));

        Assert.Equal(Writers * Rounds, (await _table.GetEntityAsync<TableEntity>("p", "head")).Value.GetInt32("Version"));
        Assert.Equal(1 + (Writers * Rounds), await CountAsync());
    }

    private static TableTransactionAction Add(string partitionKey, string rowKey) => new(TableTransactionActionType.Add, new TableEntity(partitionKey, rowKey));

    private static IEnumerable<TableTransactionAction> Adds(int count) =>
        Enumerable.Range(0, count).Select(i => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", $"{i}") { ["N"] = "after" }));

    private static TableEntity After(string rowKey) => new("p", rowKey) { ["N"] = "after" };

    private async Task<int> CountAsync()
    {
        var count = 0;
        await foreach (var _ in _table.QueryAsync<TableEntity>()) count++;
        return count;
    }
}
