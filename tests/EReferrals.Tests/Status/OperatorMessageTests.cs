using System.Text.Json.Nodes;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Status;

[Collection(Journey.Name)]
public sealed class OperatorMessageTests(SharedApp shared)
{
    private const string Path = "/v1/operations/messages";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_message_is_shown_to_everyone_until_it_is_deleted()
    {
        const string text = "Worklists are slow <b>today</b>";
        var id = await PostAsync(_app, text);
        var shown = await _app.StatusAsync(status => Texts(status).Contains(text));
        Assert.Contains("Worklists are slow &lt;b&gt;today&lt;/b&gt;", await _app.PageAsync(), StringComparison.Ordinal);
        using var list = await _app.GetAsync(Sample.Operator, Path);
        var listed = (await list.JsonAsync())["messages"]!.AsArray().Single(message => message!["id"]!.GetValue<string>() == id)!;
        Assert.Equal((text, Sample.Operator.User), (listed["text"]!.GetValue<string>(), listed["by"]!.GetValue<string>()));
        Assert.DoesNotContain(Sample.Operator.User, shown.ToJsonString(), StringComparison.Ordinal);

        using var down = await _app.SendAsync(Sample.Operator, HttpMethod.Delete, $"{Path}/{id}");
        using var again = await _app.SendAsync(Sample.Operator, HttpMethod.Delete, $"{Path}/{id}");

        Assert.Equal((204, 404), ((int)down.StatusCode, (int)again.StatusCode));
        await _app.StatusAsync(status => !Texts(status).Contains(text));
    }

    [Fact]
    public async Task A_message_that_is_sent_again_is_shown_once_and_can_be_posted_again_after_it_was_deleted()
    {
        var text = $"Sent again {Guid.NewGuid()}";
        var first = await PostAsync(_app, text);
        var again = await PostAsync(_app, text);
        using var down = await _app.SendAsync(Sample.Operator, HttpMethod.Delete, $"{Path}/{first}");
        var later = await PostAsync(_app, text);
        using var end = await _app.SendAsync(Sample.Operator, HttpMethod.Delete, $"{Path}/{later}");

        Assert.Equal(first, again);
        Assert.NotEqual(first, later);
        Assert.Equal((204, 204), ((int)down.StatusCode, (int)end.StatusCode));
    }

    [Fact]
    public async Task An_invalid_message_is_rejected_with_all_errors()
    {
        using var response = await _app.PostAsync(
            Sample.Operator, Path, new JsonObject { ["text"] = " ", ["until"] = "2020-01-01T00:00:00Z", ["colour"] = "red" });

        Assert.Equal(422, (int)response.StatusCode);
        var errors = (await response.JsonAsync())["errors"]!.AsArray().Select(error => $"{error!["pointer"]} {error["code"]}");
        Assert.Equal(["/colour UNEXPECTED_FIELD", "/text MISSING_VALUE", "/until INVALID_VALUE"], errors.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_an_operator_can_post_list_or_delete_messages()
    {
        using var post = await _app.PostAsync(Sample.ProviderClinician, Path, new JsonObject { ["text"] = "Hello" });
        using var list = await _app.GetAsync(Sample.ProviderClinician, Path);
        using var delete = await _app.SendAsync(Sample.ProviderClinician, HttpMethod.Delete, $"{Path}/{Guid.NewGuid()}");

        Assert.Equal((403, 403, 403), ((int)post.StatusCode, (int)list.StatusCode, (int)delete.StatusCode));
    }

    internal static async Task<string> PostAsync(RunningApp app, string text)
    {
        using var response = await app.PostAsync(Sample.Operator, Path, new JsonObject { ["text"] = text });
        Assert.Equal(201, (int)response.StatusCode);
        var id = (await response.JsonAsync())["id"]!.GetValue<string>();
        Assert.Equal($"{Path}/{id}", response.Headers.Location!.ToString());
        return id;
    }

    internal static IEnumerable<string> Texts(JsonObject status) =>
        status["messages"]!.AsArray().Select(message => message!["text"]!.GetValue<string>());
}
