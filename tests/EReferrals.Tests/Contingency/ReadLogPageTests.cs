using System.Text;
using System.Text.Json;
using EReferrals.Contingency.PackReads;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Blobs;

namespace EReferrals.Tests.Contingency;

public sealed class ReadLogPageTests
{
    private const string Columns =
        """[{"name":"Ingested"},{"name":"Reference"},{"name":"TimeGenerated"},{"name":"Uri"},{"name":"CallerIpAddress"}]""";

    private const string Row =
        "[\"2026-11-29T12:00:00.1234567Z\",\"0b1ad5f2-601e-0063-2a3b-c4d5e6000000\",\"2026-11-29T11:30:00Z\","
        + "\"https://stcon.blob.core.windows.net/packs/RX1/provider.zip?sr=bs&snapshot=2026-11-29T10%3A15%3A02.1234567Z&sig=XXXXX\",\"203.0.113.7:51234\"]";

    [Fact]
    public void A_row_is_a_read_with_the_link_of_its_issue_its_time_and_its_caller()
    {
        var read = Assert.Single(Read($"[{Row}]").Reads);

        Assert.Equal(("RX1/provider.zip@2026-11-29T10:15:02.1234567Z", "203.0.113.7"), (read.Link, read.Source));
        Assert.Equal((new PackName("RX1", PackSide.Provider), "2026-11-29T10:15:02.1234567Z"), (read.Pack, read.Snapshot));
        Assert.Equal(new DateTimeOffset(2026, 11, 29, 11, 30, 0, TimeSpan.Zero), read.At);
        Assert.Equal("2026-11-29T12:00:00.1234567Z", $"{read.Place.Ingested.UtcDateTime:o}");
    }

    [Fact]
    public void Columns_are_found_by_name_in_whatever_order_they_come()
    {
        var answer = """
            { "tables": [{ "name": "PrimaryResult",
                "columns": [{"name":"Uri"},{"name":"More"},{"name":"CallerIpAddress"},{"name":"TimeGenerated"},{"name":"Reference"},{"name":"Ingested"}],
                "rows": [["https://stcon.blob.core.windows.net/packs/RX1/provider.zip", 1, null, "2026-11-29T11:30:00Z",
                  "0b1ad5f2-601e-0063-2a3b-c4d5e6000000", "2026-11-29T12:00:00Z"]] }] }
            """;

        var read = Assert.Single(ReadLogPage.From(Encoding.UTF8.GetBytes(answer)).Reads);

        Assert.Equal(("RX1/provider.zip", null, null), (read.Link, read.Snapshot, read.Source));
    }

    [Fact]
    public void An_answer_without_rows_has_no_place() => Assert.Equal((0, 0, null), (Read("[]").Rows, Read("[]").Unreadable, Read("[]").Last));

    [Theory]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("[null,null,null,null,null]")]
    [InlineData("[1,2,3,4,5]")]
    [InlineData("[\"2026-11-29T12:00:01Z\",\"no reference\",\"2026-11-29T11:30:00Z\",\"https://a/packs/b\",\"\"]")]
    [InlineData("[\"2026-11-29T12:00:01Z\",\"0b1ad5f2-601e-0063-2a3b-c4d5e6000001\",\"2026-11-29T11:30:00Z\",\"\\ud800\",\"\"]")]
    public void A_row_that_cannot_be_read_is_counted_and_does_not_hide_another(string row)
    {
        var page = Read($"[{row},{Row}]");

        Assert.Equal((2, 1, 1), (page.Rows, page.Unreadable, page.Reads.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{ \"tables\": [] }")]
    [InlineData("{ \"tables\": [{ \"rows\": [], \"columns\": [] }] }")]
    [InlineData("{ \"tables\": [{ \"columns\": " + Columns + ", \"rows\": [[]] }] }")]
    [InlineData("{ \"tables\": [{ \"columns\": " + Columns + ", \"rows\": [] }], \"error\": { \"code\": \"PartialError\" } }")]
    public void Anything_but_a_whole_answer_is_refused(string answer)
    {
        var refusal = Record.Exception(() => ReadLogPage.From(Encoding.UTF8.GetBytes(answer)));

        Assert.True(refusal is InvalidDataException or JsonException, $"{refusal}");
    }

    [Theory]
    [InlineData("RX1/provider.zip", true)]
    [InlineData("RX1/referrer.zip", true)]
    [InlineData("RX1/provider.zip/x", false)]
    [InlineData("/provider.zip", false)]
    [InlineData("rx1/provider.zip", false)]
    [InlineData("../RX1/provider.zip", false)]
    [InlineData("", false)]
    public void Only_the_name_of_a_pack_is_one(string name, bool isPack) => Assert.Equal(isPack ? name : null, PackName.Parse(name)?.ToString());

    private static ReadLogPage Read(string rows) =>
        ReadLogPage.From(Encoding.UTF8.GetBytes($"{{ \"tables\": [{{ \"name\": \"PrimaryResult\", \"columns\": {Columns}, \"rows\": {rows} }}] }}"));
}
