using System.Runtime.Serialization;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using EReferrals.LocalRuntime.Tests.Azurite;

namespace EReferrals.LocalRuntime.Tests.Tables;

[Collection(AzuriteCollection.Name)]
public sealed class ValueTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly DateTimeOffset SomeTime = new DateTimeOffset(2026, 3, 29, 1, 30, 15, TimeSpan.Zero).AddTicks(1234567);

    private TableClient _table = null!;

    public async Task InitializeAsync() => _table = await azurite.NewTableAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    public static TheoryData<object> Values() =>
    [
        "", "text", "é ü 漢字 🩺 \u2028 \0 \t \r\n \"quoted\" 'single' \\ </script>", new string('x', 32 * 1024), true, false, 0, int.MinValue, int.MaxValue,
        0L, 5L, long.MinValue, long.MaxValue, 0d, 5d, -1.5d, 1e300, 1e16, 0.1 + 0.2, double.Epsilon, double.MaxValue, double.NaN, double.PositiveInfinity,
        double.NegativeInfinity, SomeTime, DateTimeOffset.MaxValue, new DateTimeOffset(1601, 1, 1, 0, 0, 0, TimeSpan.Zero), Guid.Empty,
        new Guid("6F9619FF-8B86-D011-B42D-00C04FC964FF"), Array.Empty<byte>(), new byte[] { 0, 1, 254, 255 }, new byte[64 * 1024],
    ];

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public async Task Every_type_comes_back_as_it_was_stored_from_adds_merges_transactions_and_queries(object value)
    {
        var entity = new TableEntity("p", "added") { ["V"] = value };
        await _table.AddEntityAsync(entity);
        await _table.UpsertEntityAsync(new TableEntity("p", "merged") { ["Other"] = 1 });
        await _table.UpsertEntityAsync(new TableEntity("p", "merged") { ["V"] = value });
        await _table.SubmitTransactionAsync([new(TableTransactionActionType.UpsertReplace, new TableEntity("p", "batched") { ["V"] = value })]);

        foreach (var key in new[] { "added", "merged", "batched" })
        {
            Same(value, (await _table.GetEntityAsync<TableEntity>("p", key)).Value["V"]);
        }

        await foreach (var found in _table.QueryAsync<TableEntity>()) Same(value, found["V"]);
    }

    [Fact]
    public async Task A_merge_that_changes_a_type_changes_it()
    {
        await _table.AddEntityAsync(new TableEntity("p", "r") { ["V"] = 5L, ["W"] = "text" });

        await _table.UpsertEntityAsync(new TableEntity("p", "r") { ["V"] = "5", ["W"] = Guid.Empty });

        var read = (await _table.GetEntityAsync<TableEntity>("p", "r")).Value;
        Assert.Equal("5", read["V"]);
        Assert.Equal(Guid.Empty, read["W"]);
    }

    [Fact]
    public async Task Null_properties_are_not_stored()
    {
        await _table.AddEntityAsync(new TableEntity("p", "r") { ["Null"] = null });

        Assert.False((await _table.GetEntityAsync<TableEntity>("p", "r")).Value.ContainsKey("Null"));
    }

    [Fact]
    public async Task A_class_is_stored_by_its_public_properties()
    {
        var stored = new Everything
        {
            PartitionKey = "p", RowKey = "r", Text = "t", Truth = true, Number = 1, Big = 2, Fraction = 3, Time = SomeTime, When = SomeTime.UtcDateTime,
            Id = Guid.NewGuid(), Bytes = [1, 2], Data = new BinaryData(new byte[] { 3 }), Day = DayOfWeek.Friday, MaybeBig = 4, MaybeDay = DayOfWeek.Monday, Ignored = "secret",
        };
        await _table.AddEntityAsync(stored);

        var read = (await _table.GetEntityAsync<Everything>("p", "r")).Value;
        var raw = (await _table.GetEntityAsync<TableEntity>("p", "r")).Value;

        Assert.Equal(
            (stored.Text, stored.Truth, stored.Number, stored.Big, stored.Fraction, stored.Time, stored.When, stored.Id, stored.Day, stored.MaybeBig, stored.MaybeDay),
            (read.Text, read.Truth, read.Number, read.Big, read.Fraction, read.Time, read.When, read.Id, read.Day, read.MaybeBig, read.MaybeDay));
        Assert.Equal(stored.Bytes, read.Bytes);
        Assert.Equal(stored.Data.ToArray(), read.Data!.ToArray());
        Assert.Null(read.MaybeNumber);
        Assert.Null(read.Ignored);
        Assert.Equal(raw.ETag, read.ETag);
        Assert.Equal(raw.Timestamp, read.Timestamp);
        Assert.Equal("Friday", raw["Day"]);
        Assert.Equal("t", raw["text"]);
        Assert.False(raw.ContainsKey("Ignored"));
        Assert.False(raw.ContainsKey("MaybeNumber"));
    }

    [Fact]
    public async Task A_class_that_declares_another_type_than_is_stored_is_an_error()
    {
        await _table.AddEntityAsync(new TableEntity("p", "r") { ["Big"] = "not a number" });

        await Assert.ThrowsAsync<InvalidOperationException>(() => _table.GetEntityAsync<Everything>("p", "r"));
    }

    [Theory]
    [InlineData(DateTimeKind.Local)]
    [InlineData(DateTimeKind.Unspecified)]
    public async Task A_time_that_is_not_utc_is_refused(DateTimeKind kind) => await Assert.ThrowsAsync<NotSupportedException>(
        () => _table.AddEntityAsync(new TableEntity("p", "r") { ["V"] = new DateTime(2026, 1, 1, 0, 0, 0, kind) }));

    [Fact]
    public async Task A_time_with_an_offset_is_stored_as_the_same_instant()
    {
        var time = new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.FromHours(1));
        await _table.AddEntityAsync(new TableEntity("p", "r") { ["V"] = time });

        var read = (await _table.GetEntityAsync<TableEntity>("p", "r")).Value;

        Assert.Equal(time, read.GetDateTimeOffset("V"));
        Assert.Equal(TimeSpan.Zero, read.GetDateTimeOffset("V")!.Value.Offset);
        Assert.Equal(time.UtcDateTime, read.GetDateTime("V"));
    }

    [Fact]
    public async Task A_type_that_tables_do_not_have_is_refused() =>
        await Assert.ThrowsAsync<NotSupportedException>(() => _table.AddEntityAsync(new TableEntity("p", "r") { ["V"] = 1.5m }));

    public static TheoryData<string, TableEntity> TooMuch()
    {
        var wide = new TableEntity("p", "r");
        for (var i = 0; i < 253; i++) wide[$"P{i}"] = i;
        var heavy = new TableEntity("p", "r");
        for (var i = 0; i < 17; i++) heavy[$"P{i}"] = new byte[62_000];
        return new()
        {
            { "PropertyValueTooLarge", new TableEntity("p", "r") { ["V"] = new string('x', (32 * 1024) + 1) } },
            { "PropertyValueTooLarge", new TableEntity("p", "r") { ["V"] = new byte[(64 * 1024) + 1] } },
            { "PropertyValueTooLarge", new TableEntity("p", "r") { ["V"] = new BinaryData(new byte[(64 * 1024) + 1]) } },
            { "TooManyProperties", wide },
            { "EntityTooLarge", heavy },
            { "OutOfRangeInput", new TableEntity("p", "r") { ["V"] = default(DateTimeOffset) } },
            { "PropertyNameInvalid", new TableEntity("p", "r") { ["with-dash"] = 1 } },
            { "PropertyNameInvalid", new TableEntity("p", "r") { ["V@odata.type"] = "Edm.Int64" } },
            { "PropertyNameTooLong", new TableEntity("p", "r") { [new string('n', 256)] = 1 } },
            { "InvalidInput", new TableEntity("p", "r") { ["V"] = "\ud83e alone" } },
        };
    }

    [Theory]
    [MemberData(nameof(TooMuch), DisableDiscoveryEnumeration = true)]
    public async Task What_the_service_would_refuse_is_refused_before_it_is_sent(string code, TableEntity entity)
    {
        var alone = await Assert.ThrowsAsync<RequestFailedException>(() => _table.AddEntityAsync(entity));
        var together = await Assert.ThrowsAsync<TableTransactionFailedException>(() => _table.SubmitTransactionAsync(
            [new(TableTransactionActionType.Add, new TableEntity("p", "other")), new(TableTransactionActionType.UpsertMerge, entity)]));

        Assert.Equal((400, code), (alone.Status, alone.ErrorCode));
        Assert.Equal((400, code, 1), (together.Status, together.ErrorCode, together.FailedTransactionActionIndex));
        Assert.Null(alone.GetRawResponse());
    }

    [Fact]
    public async Task An_entity_at_the_limits_is_stored()
    {
        var entity = new TableEntity(new string('p', 512), new string('r', 512));
        for (var i = 0; i < 252; i++) entity[$"P{i}"] = new byte[4_000];

        await _table.AddEntityAsync(entity);

        Assert.Equal(252 + 4, (await _table.GetEntityAsync<TableEntity>(entity.PartitionKey, entity.RowKey)).Value.Count);
    }

    [Fact]
    public void A_table_entity_keeps_the_type_that_a_property_has()
    {
        var entity = new TableEntity { ["Long"] = 5L, ["Double"] = 5d, ["Text"] = "t" };

        entity["Long"] = 6;
        entity["Double"] = 6;

        Assert.Equal(6L, entity.GetInt64("Long"));
        Assert.Equal(6d, entity.GetDouble("Double"));
        Assert.Throws<InvalidOperationException>(() => entity["Text"] = 1);
        Assert.Throws<InvalidOperationException>(() => entity.GetInt32("Text"));
        Assert.Null(entity.GetString("None"));
        Assert.Equal(TableErrorCode.EntityNotFound, "EntityNotFound");
    }

    private static void Same(object expected, object? actual)
    {
        Assert.IsType(expected.GetType(), actual);
        Assert.Equal(expected, actual);
    }

    public sealed class Everything : ITableEntity
    {
        public string PartitionKey { get; set; } = "";

        public string RowKey { get; set; } = "";

        public DateTimeOffset? Timestamp { get; set; }

        public ETag ETag { get; set; }

        [DataMember(Name = "text")]
        public string? Text { get; init; }

        public bool Truth { get; init; }

        public int Number { get; init; }

        public int? MaybeNumber { get; init; }

        public long Big { get; init; }

        public long? MaybeBig { get; init; }

        public double Fraction { get; init; }

        public DateTimeOffset Time { get; init; }

        public DateTime When { get; init; }

        public Guid Id { get; init; }

        public byte[]? Bytes { get; init; }

        public BinaryData? Data { get; init; }

        public DayOfWeek Day { get; init; }

        public DayOfWeek? MaybeDay { get; init; }

        [IgnoreDataMember]
        public string? Ignored { get; init; }
    }
}
