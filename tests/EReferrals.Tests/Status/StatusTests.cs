using System.Text.Json;
using Azure.Storage.Blobs;
using EReferrals.Http.Html;
using EReferrals.Status.Canary;
using EReferrals.Status.Page;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Status;

public sealed class StatusTests : IAsyncLifetime
{
    // A dependency that hangs times out after two seconds. A response that waited for it would take longer than this.
    private static readonly TimeSpan NotWaited = TimeSpan.FromSeconds(1.9);

    private RunningApp _app = null!;

    public async Task InitializeAsync() => _app = await RunningApp.StartAsync(settings: "--Local:Timers=false");

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task The_status_and_the_page_respond_at_once_while_a_store_hangs_and_then_report_it()
    {
        await _app.StatusAsync(status => status.State() == "ok");
        await _app.Local.Azurite!.Records.FreezeAsync();
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            for (var failing = false; !failing;)
            {
                using var status = await AnswerAsync("/v1/status");
                using var page = await AnswerAsync("/");
                Assert.Equal((200, 200), ((int)status.StatusCode, (int)page.StatusCode));
                failing = (await status.JsonAsync()).Component("tables") == "fail";
                await Task.Delay(50, limit.Token);
            }

            Assert.Contains("Worklists are shown from the last copy", await _app.PageAsync(), StringComparison.Ordinal);
        }
        finally
        {
            await _app.Local.Azurite.Records.ThawAsync();
        }

        await _app.StatusAsync(status => status.State() == "ok");
    }

    [Fact]
    public async Task The_service_is_reported_down_while_both_stores_are_down()
    {
        await _app.StatusAsync();
        await _app.Local.Azurite!.Records.StopAsync();
        await _app.Local.Azurite.Contingency.StopAsync();

        await _app.StatusAsync(status => status.State() == "down");

        Assert.Contains("Use the contingency worklists that your organisation holds", await _app.PageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_can_be_posted_while_the_tables_are_down_and_another_instance_shows_it()
    {
        await using var other = await RunningApp.StartAsync(settings:
        [
            "--Local:Timers=false",
            $"--Records:ConnectionString={_app.Local.Azurite!.Records.ConnectionString}",
            $"--Contingency:ConnectionString={_app.Local.Azurite.Contingency.ConnectionString}",
        ]);
        await _app.Local.Azurite.Records.StopAsync();

        await OperatorMessageTests.PostAsync(_app, "The tables are down");

        await other.StatusAsync(status => OperatorMessageTests.Texts(status).Contains("The tables are down"));
    }

    [Fact]
    public async Task The_status_page_has_the_security_headers_of_a_page()
    {
        using var page = await AnswerAsync("/");

        Assert.Equal(HtmlPage.ContentType, page.Content.Headers.ContentType!.ToString());
        Assert.Equal(StatusPage.SecurityPolicy, page.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(page.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task The_page_and_the_status_are_also_written_as_static_files()
    {
        await OperatorMessageTests.PostAsync(_app, "Written to the file too");
        await _app.Local.RunTimerAsync(nameof(SendCanaryAndWritePageFunction));

        var container = new BlobContainerClient(_app.Local.Azurite!.Contingency.ConnectionString, "status");
        var page = (await container.GetBlobClient("index.html").DownloadContentAsync()).Value;
        var json = (await container.GetBlobClient("status.json").DownloadContentAsync()).Value;
        Assert.Equal((HtmlPage.ContentType, "no-cache"), (page.Details.ContentType, page.Details.CacheControl));
        Assert.Contains("Written to the file too", page.Content.ToString(), StringComparison.Ordinal);
        using var status = JsonDocument.Parse(json.Content);
        Assert.Equal("Written to the file too", status.RootElement.GetProperty("messages")[0].GetProperty("text").GetString());
    }

    private async Task<HttpResponseMessage> AnswerAsync(string path)
    {
        using var limit = new CancellationTokenSource(NotWaited);
        return await _app.Http.GetAsync(new Uri(path, UriKind.Relative), limit.Token);
    }
}
