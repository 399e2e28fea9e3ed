using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using EReferrals.LocalRuntime.Tests.Azurite;

namespace EReferrals.LocalRuntime.Tests.Tables;

[Collection(AzuriteCollection.Name)]
public sealed class EntityTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private TableClient _table = null!;

    public async Task InitializeAsync() => _table = await azurite.NewTableAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task An_added_entity_is_read_back_with_its_etag_and_timestamp()
    {
        var added = await _table.AddEntityAsync(new TableEntity("p", "r") { ["Name"] = "value" });

        var read = (await _table.GetEntityAsync<TableEntity>("p", "r")).Value;

        Assert.Equal(204, added.Status);
        Assert.Equal("value", read.GetString("Name"));
        Assert.Equal(added.Headers.ETag, read.ETag);
        Assert.InRange((TimeProvider.System.GetUtcNow() - read.Timestamp!.Value).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Adding_what_exists_is_a_409_EntityAlreadyExists_and_changes_nothing()
    {
        await _table.AddEntityAsync(new TableEntity("p", "r") { ["N"] = 1 });

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => _table.AddEntityAsync(new TableEntity("p", "r") { ["N"] = 2 }));

        Assert.Equal(409, refused.Status);
        Assert.Equal(TableErrorCode.EntityAlreadyExists, refused.ErrorCode);
        Assert.Equal(1, (await _table.GetEntityAsync<TableEntity>("p", "r")).Value.GetInt32("N"));
    }

    [Fact]
    public async Task Reading_what_is_missing_is_a_404_or_no_value()
    {
        var missing = await Assert.ThrowsAsync<RequestFailedException>(() => _table.GetEntityAsync<TableEntity>("p", "none"));
        var ifExists = await _table.GetEntityIfExistsAsync<TableEntity>("p", "none");

        Assert.Equal(404, missing.Status);
        Assert.Equal(TableErrorCode.ResourceNotFound, missing.ErrorCode);
        Assert.False(ifExists.HasValue);
        Assert.Equal(404, ifExists.GetRawResponse().Status);
        Assert.Throws<InvalidOperationException>(() => ifExists.Value);
    }

    [Fact]
    public async Task Reading_if_exists_gives_what_exists()
    {
        await _table.AddEntityAsync(new TableEntity("p", "r") { ["N"] = 1 });

        var found = await _table.GetEntityIfExistsAsync<TableEntity>("p", "r");

        Assert.True(found.HasValue);
        Assert.Equal(1, found.Value!.GetInt32("N"));
    }

    [Fact]
    public async Task A_missing_table_is_a_404_TableNotFound()
    {
        var missing = new TableClient(azurite.Supervisor.Records.ConnectionString, "NoSuchTable");

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => missing.AddEntityAsync(new TableEntity("p", "r")));

        Assert.Equal(404, refused.Status);
        Assert.Equal(TableErrorCode.TableNotFound, refused.ErrorCode);
    }

    [Fact]
    public async Task An_update_with_a_stale_etag_is_a_412_and_changes_nothing()
    {
        var first = (await _table.AddEntityAsync(new TableEntity("p", "r") { ["N"] = 1 })).Headers.ETag!.Value;
        var second = (await _table.UpdateEntityAsync(new TableEntity("p", "r") { ["N"] = 2 }, first)).Headers.ETag!.Value;

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => _table.UpdateEntityAsync(new TableEntity("p", "r") { ["N"] = 3 }, first));

        var read = (await _table.GetEntityAsync<TableEntity>("p", "r")).Value;
        Assert.Equal(412, refused.Status);
        Assert.Equal(TableErrorCode.UpdateConditionNotSatisfied, refused.ErrorCode);
        Assert.Equal(2, read.GetInt32("N"));
        Assert.Equal(second, read.ETag);
    }

    [Theory]
    [InlineData(TableUpdateMode.Merge, "kept")]
    [InlineData(TableUpdateMode.Replace, null)]
    public async Task Merge_keeps_other_properties_and_replace_does_not(TableUpdateMode mode, string? expected)
    {
        await _table.AddEntityAsync(new TableEntity("p", "r") { ["Other"] = "kept", ["Number"] = 1L, ["Time"] = DateTimeOffset.UnixEpoch });

        await _table.UpdateEntityAsync(new TableEntity("p", "r") { ["Number"] = 2L }, ETag.All, mode);

        var read = (await _table.GetEntityAsync<TableEntity>("p", "r")).Value;
        Assert.Equal(expected, read.GetString("Other"));
        Assert.Equal(2L, read.GetInt64("Number"));
        Assert.Equal(expected is null ? null : DateTimeOffset.UnixEpoch, read.GetDateTimeOffset("Time"));
    }

    [Fact]
    public async Task Updating_what_is_missing_is_a_404_and_inserts_nothing()
    {
        foreach (var mode in new[] { TableUpdateMode.Merge, TableUpdateMode.Replace })
        {
            var refused = await Assert.ThrowsAsync<RequestFailedException>(() => _table.UpdateEntityAsync(new TableEntity("p", "r"), ETag.All, mode));
            Assert.Equal(404, refused.Status);
        }

        Assert.False((await _table.GetEntityIfExistsAsync<TableEntity>("p", "r")).HasValue);
    }

    [Fact]
    public async Task An_update_without_an_etag_is_an_argument_error() =>
        await Assert.ThrowsAsync<ArgumentException>(() => _table.UpdateEntityAsync(new TableEntity("p", "r"), default));

    [Theory]
    [InlineData(TableUpdateMode.Merge)]
    [InlineData(TableUpdateMode.Replace)]
    public async Task Upsert_inserts_and_then_updates(TableUpdateMode mode)
    {
        await _table.UpsertEntityAsync(new TableEntity("p", "r") { ["N"] = 1 }, mode);
        await _table.UpsertEntityAsync(new TableEntity("p", "r") { ["N"] = 2 }, mode);

        Assert.Equal(2, (await _table.GetEntityAsync<TableEntity>("p", "r")).Value.GetInt32("N"));
    }

    [Fact]
    public async Task Delete_honours_the_etag_and_answers_404_without_throwing_when_nothing_is_there()
    {
        var etag = (await _table.AddEntityAsync(new TableEntity("p", "r"))).Headers.ETag!.Value;
        await _table.UpsertEntityAsync(new TableEntity("p", "r") { ["N"] = 1 });

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => _table.DeleteEntityAsync("p", "r", etag));
        var deleted = await _table.DeleteEntityAsync(new TableEntity("p", "r"));
        var again = await _table.DeleteEntityAsync("p", "r");

        Assert.Equal(412, refused.Status);
        Assert.Equal(204, deleted.Status);
        Assert.Equal(404, again.Status);
    }

    [Fact]
    public async Task Of_concurrent_writers_with_one_etag_exactly_one_wins()
    {
        var etag = (await _table.AddEntityAsync(new TableEntity("p", "r"))).Headers.ETag!.Value;

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(async writer =>
        {
            try
            {
                await _table.UpdateEntityAsync(new TableEntity("p", "r") { ["Writer"] = writer }, etag);
                return writer;
            }
            catch (RequestFailedException e) when (e.Status == 412)
            {
                return -1;
            }
        }));

        var winner = Assert.Single(outcomes, outcome => outcome >= 0);
        Assert.Equal(winner, (await _table.GetEntityAsync<TableEntity>("p", "r")).Value.GetInt32("Writer"));
    }

    [Fact]
    public async Task Of_concurrent_adds_of_one_key_exactly_one_succeeds()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(async writer =>
        {
            try
            {
                await _table.AddEntityAsync(new TableEntity("p", "r") { ["Writer"] = writer });
                return true;
            }
            catch (RequestFailedException e) when (e.ErrorCode == TableErrorCode.EntityAlreadyExists)
            {
                return false;
            }
        }));

        Assert.Single(outcomes, succeeded => succeeded);
    }

    [Fact]
    public async Task Select_returns_what_was_selected_and_nothing_else()
    {
        await _table.AddEntityAsync(new TableEntity("p", "r") { ["A"] = 1, ["B"] = 2 });

        var read = (await _table.GetEntityAsync<TableEntity>("p", "r", ["A"])).Value;
        var queried = Assert.Single(await Listed(_table.QueryAsync<TableEntity>(select: ["RowKey", "B"])));

        Assert.Equal(["odata.etag", "A"], read.Keys);
        Assert.Equal(["odata.etag", "RowKey", "B"], queried.Keys);
    }

    [Fact]
    public async Task Tables_are_created_once_listed_and_deleted()
    {
        var service = new TableServiceClient(azurite.Supervisor.Contingency.ConnectionString);

        await service.CreateTableIfNotExistsAsync("Listed");
        var again = await service.CreateTableIfNotExistsAsync("Listed");
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => service.CreateTableAsync("Listed"));
        var listed = await Listed(service.QueryAsync());
        await service.DeleteTableAsync("Listed");

        Assert.Equal("Listed", again.Value.Name);
        Assert.Equal(TableErrorCode.TableAlreadyExists, refused.ErrorCode);
        Assert.Contains(listed, table => table.Name == "Listed");
        Assert.DoesNotContain(await Listed(service.QueryAsync()), table => table.Name == "Listed");
    }

    private static async Task<List<T>> Listed<T>(AsyncPageable<T> pages)
        where T : notnull
    {
        var all = new List<T>();
        await foreach (var item in pages) all.Add(item);
        return all;
    }
}
