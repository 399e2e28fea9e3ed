using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using EReferrals.LocalRuntime.Tests.Azurite;

namespace EReferrals.LocalRuntime.Tests.Tables;

[Collection(AzuriteCollection.Name)]
public sealed class KeyAndQueryTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private TableClient _table = null!;

    public async Task InitializeAsync() => _table = await azurite.NewTableAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    public static TheoryData<string> HostileKeys() =>
    [
        "", " ", " leading and trailing ", "it's", "''", "'", "a'b''c", "100%", "%27", "%2F", "%25", "a+b", "a&b=c", "a;b:c,d", "(x)", "{}", "{\"a\":1}", "$filter", "..", ".", "~!@^*_-|`", "<tag>",
        "\"quoted\"", "é", "漢字", "🩺", "e\u0301", "\u200e", "' or PartitionKey ne '", "p' or '1' eq '1", "e:1 2026-01-01T00:00:00Z 000000000000", "GET PUT POST DELETE", "a')", "http:x y",
    ];

    [Theory]
    [MemberData(nameof(HostileKeys), DisableDiscoveryEnumeration = true)]
    public async Task Any_legal_key_is_added_read_updated_queried_and_deleted(string key)
    {
        await _table.AddEntityAsync(new TableEntity(key, key) { ["N"] = 1 });
        await _table.AddEntityAsync(new TableEntity("bystander", "bystander") { ["N"] = 1 });

        var read = (await _table.GetEntityAsync<TableEntity>(key, key)).Value;
        await _table.UpdateEntityAsync(new TableEntity(key, key) { ["N"] = 2 }, read.ETag, TableUpdateMode.Replace);
        await _table.UpsertEntityAsync(new TableEntity(key, key) { ["M"] = 3 });
        var found = Assert.Single(await Listed(_table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {key} and RowKey eq {key}"))));
        var deleted = await _table.DeleteEntityAsync(key, key);

        Assert.Equal((key, key), (read.PartitionKey, read.RowKey));
        Assert.Equal((key, key, 2, 3), (found.PartitionKey, found.RowKey, found.GetInt32("N"), found.GetInt32("M")));
        Assert.Equal(204, deleted.Status);
        Assert.Equal("bystander", Assert.Single(await Listed(_table.QueryAsync<TableEntity>())).RowKey);
    }

    [Theory]
    [MemberData(nameof(HostileKeys), DisableDiscoveryEnumeration = true)]
    public async Task Any_legal_key_goes_through_a_transaction(string key)
    {
        await _table.SubmitTransactionAsync(
        [
            new(TableTransactionActionType.Add, new TableEntity(key, key) { ["N"] = 1 }),
            new(TableTransactionActionType.UpsertReplace, new TableEntity(key, key + "2") { ["N"] = 1 }),
        ]);
        await _table.SubmitTransactionAsync(
        [
            new(TableTransactionActionType.UpdateMerge, new TableEntity(key, key) { ["M"] = 2 }, ETag.All),
            new(TableTransactionActionType.Delete, new TableEntity(key, key + "2")),
        ]);

        var left = Assert.Single(await Listed(_table.QueryAsync<TableEntity>()));
        Assert.Equal((key, key, 1, 2), (left.PartitionKey, left.RowKey, left.GetInt32("N"), left.GetInt32("M")));
    }

    [Theory]
    [InlineData("a',b")]
    [InlineData("x',RowKey='y")]
    public async Task A_key_that_the_emulator_would_misread_in_a_transaction_is_refused_there_and_works_alone(string key)
    {
        await _table.SubmitTransactionAsync([new(TableTransactionActionType.Add, new TableEntity(key, key))]);
        await _table.UpdateEntityAsync(new TableEntity(key, key) { ["N"] = 1 }, ETag.All);

        await Assert.ThrowsAsync<NotSupportedException>(
            () => _table.SubmitTransactionAsync([new(TableTransactionActionType.UpsertReplace, new TableEntity(key, key))]));

        Assert.Equal(1, (await _table.GetEntityAsync<TableEntity>(key, key)).Value.GetInt32("N"));
    }

    [Theory]
    [InlineData("a/b", "OutOfRangeInput")]
    [InlineData("a\\b", "OutOfRangeInput")]
    [InlineData("a#b", "OutOfRangeInput")]
    [InlineData("a?b", "OutOfRangeInput")]
    [InlineData("a\tb", "OutOfRangeInput")]
    [InlineData("a\u007fb", "OutOfRangeInput")]
    [InlineData("a\u0085b", "OutOfRangeInput")]
    public async Task An_illegal_key_is_refused_before_it_is_sent(string key, string code)
    {
        Func<Task>[] attempts =
        [
            () => _table.AddEntityAsync(new TableEntity("p", key)),
            () => _table.AddEntityAsync(new TableEntity(key, "r")),
            () => _table.UpsertEntityAsync(new TableEntity("p", key)),
            () => _table.UpdateEntityAsync(new TableEntity("p", key), ETag.All),
            () => _table.GetEntityAsync<TableEntity>("p", key),
            () => _table.DeleteEntityAsync("p", key),
        ];
        foreach (var attempt in attempts)
        {
            var refused = await Assert.ThrowsAsync<RequestFailedException>(attempt);
            Assert.Equal((400, code), (refused.Status, refused.ErrorCode));
            Assert.DoesNotContain(key, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_over_1_KiB_or_of_broken_unicode_is_refused()
    {
        var tooLong = await Assert.ThrowsAsync<RequestFailedException>(() => _table.AddEntityAsync(new TableEntity("p", new string('k', 513))));
        var broken = await Assert.ThrowsAsync<RequestFailedException>(() => _table.AddEntityAsync(new TableEntity("p", "\ud83e")));

        Assert.Equal("KeyValueTooLarge", tooLong.ErrorCode);
        Assert.Equal("InvalidInput", broken.ErrorCode);
    }

    [Fact]
    public async Task Keys_that_only_look_alike_are_different_keys()
    {
        string[] keys = ["1", "01", "1.0", "1e0", " 1", "1 ", "a", "A", "\u00e9", "e\u0301", "true", "null", "000000000001"];
        foreach (var key in keys) await _table.AddEntityAsync(new TableEntity("p", key) { ["Key"] = key });

        foreach (var key in keys) Assert.Equal(key, (await _table.GetEntityAsync<TableEntity>("p", key)).Value.GetString("Key"));
        var ordered = (await Listed(_table.QueryAsync<TableEntity>())).ConvertAll(entity => entity.RowKey);
        Assert.Equal(keys.Order(StringComparer.Ordinal), ordered);
    }

    [Fact]
    public async Task A_missing_key_is_an_argument_error()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => _table.AddEntityAsync(new TableEntity("p", null!)));
        await Assert.ThrowsAsync<ArgumentNullException>(() => _table.GetEntityAsync<TableEntity>("p", null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => _table.DeleteEntityAsync(null!, "r"));
    }

    [Fact]
    public void Filter_arguments_become_literals()
    {
        var (quote, guid, time) = ("O'Neil' or '1' eq '1", new Guid("6f9619ff-8b86-d011-b42d-00c04fc964ff"), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)));

        Assert.Equal("A eq 'O''Neil'' or ''1'' eq ''1'", TableClient.CreateQueryFilter($"A eq {quote}"));
        Assert.Equal("A eq 5 and B eq 6L and C eq true and D eq 1.5", TableServiceClient.CreateQueryFilter($"A eq {5} and B eq {6L} and C eq {true} and D eq {1.5}"));
        Assert.Equal("A eq guid'6f9619ff-8b86-d011-b42d-00c04fc964ff'", TableClient.CreateQueryFilter($"A eq {guid}"));
        Assert.Equal("A eq datetime'2026-01-02T02:04:05Z' and B eq X'00FF'", TableClient.CreateQueryFilter($"A eq {time} and B eq {new byte[] { 0, 255 }}"));
        Assert.Throws<ArgumentException>(() => TableClient.CreateQueryFilter($"A eq {TimeSpan.Zero}"));
    }

    [Fact]
    public async Task Filters_find_by_every_type()
    {
        var (guid, time) = (Guid.NewGuid(), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await _table.AddEntityAsync(new TableEntity("p", "hit") { ["S"] = "O'Neil", ["B"] = true, ["I"] = 5, ["L"] = 6_000_000_000L, ["D"] = 1.5, ["G"] = guid, ["T"] = time });
        await _table.AddEntityAsync(new TableEntity("p", "miss") { ["S"] = "other", ["B"] = false, ["I"] = 6, ["L"] = 7L, ["D"] = 2.5, ["G"] = Guid.NewGuid(), ["T"] = time.AddMilliseconds(1) });

        string[] filters =
        [
            TableClient.CreateQueryFilter($"S eq {"O'Neil"}"), TableClient.CreateQueryFilter($"B eq {true}"), TableClient.CreateQueryFilter($"I eq {5}"),
            TableClient.CreateQueryFilter($"L eq {6_000_000_000L}"), TableClient.CreateQueryFilter($"D lt {2.0}"), TableClient.CreateQueryFilter($"G eq {guid}"),
            TableClient.CreateQueryFilter($"T le {time}"), TableClient.CreateQueryFilter($"RowKey ge {"h"} and RowKey lt {"i"}"),
        ];
        foreach (var filter in filters) Assert.Equal("hit", Assert.Single(await Listed(_table.QueryAsync<TableEntity>(filter))).RowKey);
    }

    [Theory]
    [InlineData("p' or PartitionKey ne '")]
    [InlineData("' or '1' eq '1")]
    [InlineData("p'' or true")]
    [InlineData("p') or (PartitionKey ne 'x")]
    public async Task A_hostile_value_cannot_widen_a_filter(string value)
    {
        await _table.AddEntityAsync(new TableEntity("p", "r"));

        Assert.Empty(await Listed(_table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {value}"))));
    }

    [Fact]
    public async Task A_query_of_more_than_1000_rows_gives_each_row_once_and_in_order()
    {
        for (var batch = 0; batch < 21; batch++)
        {
            await _table.SubmitTransactionAsync(Enumerable.Range(batch * 50, 50).Select(i =>
                new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p é", $"{i:D5} ü") { ["N"] = i })));
        }

        var pages = new List<Page<TableEntity>>();
        await foreach (var page in _table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {"p é"}")).AsPages()) pages.Add(page);

        Assert.Equal([1000, 50], pages.Select(page => page.Values.Count));
        Assert.Equal(Enumerable.Range(0, 1050), pages.SelectMany(page => page.Values).Select(entity => entity.GetInt32("N")!.Value));
        Assert.Null(pages[^1].ContinuationToken);
    }

    [Fact]
    public async Task A_continuation_token_goes_on_where_the_page_ended()
    {
        for (var i = 0; i < 7; i++) await _table.AddEntityAsync(new TableEntity($"p {i}", "r s") { ["N"] = i });

        var seen = new List<int>();
        string? token = null;
        do
        {
            await using var pages = _table.QueryAsync<TableEntity>(maxPerPage: 3).AsPages(token).GetAsyncEnumerator();
            Assert.True(await pages.MoveNextAsync());
            seen.AddRange(pages.Current.Values.Select(entity => entity.GetInt32("N")!.Value));
            token = pages.Current.ContinuationToken;
        }
        while (token is not null);

        Assert.Equal(Enumerable.Range(0, 7), seen);
    }

    [Fact]
    public async Task A_page_size_over_1000_is_refused() => Assert.Equal(
        400, (await Assert.ThrowsAsync<RequestFailedException>(() => Listed(_table.QueryAsync<TableEntity>(maxPerPage: 1001)))).Status);

    [Fact]
    public async Task A_broken_filter_is_a_400() => Assert.Equal(
        400, (await Assert.ThrowsAsync<RequestFailedException>(() => Listed(_table.QueryAsync<TableEntity>("PartitionKey eq")))).Status);

    [Fact]
    public async Task A_query_gives_classes()
    {
        await _table.AddEntityAsync(new TableEntity("p", "r") { ["Number"] = 5 });

        Assert.Equal(5, Assert.Single(await Listed(_table.QueryAsync<ValueTests.Everything>())).Number);
    }

    private static async Task<List<T>> Listed<T>(AsyncPageable<T> pages)
        where T : notnull
    {
        var all = new List<T>();
        await foreach (var item in pages) all.Add(item);
        return all;
    }
}
