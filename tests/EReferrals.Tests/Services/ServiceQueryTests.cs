using System.Web;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Values;
using EReferrals.Services;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Services;

public sealed class ServiceQueryTests
{
    private static readonly CursorKeys Keys = Sample.CursorKeys;

    private const string Filters = "provider=RCD&specialty=CARDIOLOGY&clinicType=HEART_FAILURE&priority=TWO_WEEK_WAIT";

    [Fact]
    public void An_empty_query_finds_all_open_services()
    {
        var (query, errors) = Read("");

        Assert.Empty(errors);
        Assert.Equal(new ServiceQuery(null, null, null, null, ServiceQuery.DefaultLimit, null), query);
    }

    [Fact]
    public void Every_query_parameter_is_read() =>
        Assert.Equal(
            new ServiceQuery("RCD", "CARDIOLOGY", "HEART_FAILURE", Priority.TwoWeekWait, 7, "50001"),
            Read($"{Filters}&limit=7&cursor={Read(Filters).Query!.CursorAfter("50001", Keys)}").Query);

    [Theory]
    [InlineData("provider=R69&specialty=CARDIOLOGY&clinicType=HEART_FAILURE&priority=TWO_WEEK_WAIT")]
    [InlineData("provider=RCD&specialty=CARDIOLOGY&clinicType=HEART_FAILURE")]
    [InlineData("provider=RCD")]
    public void A_cursor_of_another_search_is_rejected(string filters) =>
        Assert.Single(Read($"{filters}&cursor={Read(Filters).Query!.CursorAfter("50001", Keys)}").Errors);

    [Fact]
    public void All_errors_are_reported_at_once() =>
        Assert.Equal(
            ["provider", "specialty", "clinicType", "priority", "limit", "cursor", "color"],
            Read("color=red&provider=x&specialty=&clinicType=a&priority=SOON&limit=0&cursor=!").Errors.Select(error => error.Parameter));

    [Theory]
    [InlineData("limit=1001")]
    [InlineData("limit=-1")]
    [InlineData("limit=1e2")]
    [InlineData("limit=5&limit=6")]
    [InlineData("cursor=YWJj")]
    [InlineData("cursor=")]
    [InlineData("Provider=RCD")]
    [InlineData("open=false")]
    [InlineData("open")]
    public void An_invalid_value_is_rejected(string query) => Assert.NotEmpty(Read(query).Errors);

    [Theory]
    [InlineData("limit=1", 100)]
    [InlineData("", 100)]
    [InlineData("limit=1000", 1000)]
    public void A_request_examines_no_more_services_than_a_page_has(string query, int examined) =>
        Assert.Equal(examined, Read(query).Query!.MaxCandidates);

    [Fact]
    public void A_cursor_decodes_to_its_service_id() =>
        Prop.ForAll<NonNegativeInt>(number =>
        {
            var id = number.Get.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return Read($"cursor={Read("").Query!.CursorAfter(id, Keys)}").Query?.After == id;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_reader_never_throws_for_any_query() =>
        Prop.ForAll<NonNull<string>>(text => Read("cursor=" + Uri.EscapeDataString(text.Get)).Query is not null || true)
            .QuickCheckThrowOnFailure();

    private static (ServiceQuery? Query, IReadOnlyList<FieldError> Errors) Read(string query) =>
        ServiceQuery.Read(new QueryReader(HttpUtility.ParseQueryString(query)), Keys).TryGet(out var value, out var problem)
            ? (value, [])
            : (null, problem.Errors);
}
