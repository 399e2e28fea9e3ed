using EReferrals.Http.Requests;
using EReferrals.Tests.Journeys;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Tests.Http;

[Collection(Journey.Name)]
public class SingleHeadersTests(SharedApp shared)
{
    public static IEnumerable<object[]> Headers { get; } = [.. SingleHeaders.Names.Select(name => new object[] { name, ValueOf(name) })];

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task A_repeated_header_is_rejected_by_name(string name, string value)
    {
        var (status, answer) = await RawHttp.SendAsync(shared.App.Local.HttpAddress, $"GET /_ping HTTP/1.1\n{name}: {value}\n{name}: {value}");

        Assert.Equal(400, status);
        Assert.Contains($"\"header\":\"{name}\"", answer, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_header_that_the_platform_joined_counts_as_repeated_and_a_single_one_is_accepted(string name, string value)
    {
        Assert.NotNull(SingleHeaders.Refuse(From(name, $"{value},{value}")));
        Assert.NotNull(SingleHeaders.Refuse(From(name, $"{value}, {value}")));
        Assert.Null(SingleHeaders.Refuse(From(name, value)));
    }

    [Theory]
    [InlineData("NHSD-eRS-File-Name", "Jones, Ann, first letter.pdf")]
    [InlineData("NHSD-eRS-File-Name", "Bloods 01.02.24, ECG.pdf")]
    [InlineData("NHSD-eRS-File-Name", "Dr.Lee,ECG.pdf")]
    [InlineData("If-Range", "Sat, 28 Nov 2026 09:30:00 GMT")]
    [InlineData("Range", "bytes=0-1,5-6")]
    [InlineData("Content-Type", "text/plain; x=\"a,\\\"b,\"")]
    [InlineData("Authorization", "Digest username=\"a\", realm=\"b\"")]
    [InlineData("If-None-Match", "W/\"1\", W/\"2\"")]
    [InlineData("Accept", "application/json, */*")]
    [InlineData("X-Correlation-ID", "ward 7, bed 2")]
    public void A_comma_that_belongs_to_the_header_is_not_a_repetition(string name, string value) => Assert.Null(SingleHeaders.Refuse(From(name, value)));

    [Fact]
    public async Task A_repeated_idempotency_key_header_creates_no_referral()
    {
        var key = Guid.NewGuid().ToString();
        var first = await shared.App.SubmitAsync(Sample.ReferringClinician, key: key);
        using var request = await shared.App.RequestAsync(
            Sample.ReferringClinician, HttpMethod.Post, "/v1/referrals", System.Net.Http.Json.JsonContent.Create(JourneySteps.Submission()));
        request.Headers.TryAddWithoutValidation("Idempotency-Key", [key, key]);
        using var refused = await shared.App.Http.SendAsync(request);

        Assert.Equal(["Idempotency-Key INVALID_VALUE"], Problems.In(await refused.ProblemAsync(400)));
        Assert.Equal(first, await shared.App.SubmitAsync(Sample.ReferringClinician, key: key));
    }

    private static HttpHeadersCollection From(string name, string value) => new([KeyValuePair.Create(name, value)]);

    private static string ValueOf(string name) => name switch
    {
        "Authorization" => "Bearer a.b.c",
        "Range" => "bytes=0-1",
        "If-Match" or "If-Range" => "W/\"1\"",
        "Content-Type" => "application/json",
        "NHSD-eRS-File-Name" => "letter.pdf",
        _ => "1",
    };
}
