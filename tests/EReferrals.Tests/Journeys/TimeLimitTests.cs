using System.Diagnostics;
using System.Text.Json.Nodes;
using EReferrals.ApiDocs;

namespace EReferrals.Tests.Journeys;

/// <summary>A caller gets a response before most clients time out, whichever dependency hangs.</summary>
public sealed class TimeLimitTests(FreezableApp freezer) : IClassFixture<FreezableApp>
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(10);

    private readonly RunningApp _app = freezer.App;

    [Fact]
    public async Task Every_route_responds_within_ten_seconds_while_the_records_store_is_frozen()
    {
        await TokensAsync();
        await using var frozen = await freezer.WithRecordsAsync();

        await AssertAllAnswerAsync();
    }

    [Fact]
    public async Task Every_route_responds_within_ten_seconds_while_the_contingency_store_is_frozen()
    {
        await TokensAsync();
        await using var frozen = await freezer.WithContingencyAsync();

        await AssertAllAnswerAsync();
    }

    [Fact]
    public async Task Every_route_responds_within_ten_seconds_while_the_bus_is_frozen()
    {
        await TokensAsync();
        await using var frozen = await freezer.WithBusAsync();

        await AssertAllAnswerAsync();
    }

    private async Task AssertAllAnswerAsync()
    {
        var answers = await Task.WhenAll(EveryRoute.Operations.Select(AskAsync));

        Assert.Empty(answers.Where(answer => answer.Took > Most).Select(answer => $"{answer.Operation} took {answer.Took}"));
        Assert.Empty(answers.Where(answer => answer.Status is 500 or 504).Select(answer => $"{answer.Operation} was answered {answer.Status}"));
        Assert.Empty(
            answers.Where(answer => answer is { Status: 503, SaysWhen: false }).Select(answer => $"{answer.Operation} does not say when to come back"));
    }

    private async Task<(string Operation, int Status, TimeSpan Took, bool SaysWhen)> AskAsync(ApiOperation operation)
    {
        var begun = Stopwatch.GetTimestamp();
        using var content = ContentOf(operation);
        using var answer = operation.Roles.Count == 0
            ? await _app.Http.GetAsync(new Uri(operation.Address(), UriKind.Relative))
            : await _app.SendAsync(
                operation.Caller(), operation.Method(), operation.Address(), content, ("If-Match", "W/\"1\""), ("Idempotency-Key", Guid.NewGuid().ToString()),
                ("NHSD-eRS-File-Name", "letter.pdf"));
        return (operation.Id, (int)answer.StatusCode, Stopwatch.GetElapsedTime(begun), answer.Headers.RetryAfter is not null);
    }

    // Sends the first, valid example of each operation: a request that can be rejected without calling a dependency would prove nothing.
    private static ByteArrayContent? ContentOf(ApiOperation operation)
    {
        if (operation.BodyType is not { } type) return null;
        var content = new ByteArrayContent(
            operation.BodyExample is { } example ? System.Text.Encoding.UTF8.GetBytes(Plain(example)) : "%PDF-1.4\n"u8.ToArray());
        content.Headers.ContentType = new(type);
        return content;
    }

    private static string Plain(JsonNode example)
    {
        var body = example.DeepClone();
        if (body is JsonObject members) members.Remove("attachments");
        return body.ToJsonString();
    }

    private async Task TokensAsync()
    {
        foreach (var operation in EveryRoute.OfCallers) await _app.TokenAsync(operation.Caller());
    }
}
