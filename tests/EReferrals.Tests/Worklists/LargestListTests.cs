using System.Diagnostics;
using System.Net;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Tests.Journeys;
using EReferrals.Worklists.Reading;
using EReferrals.Worklists.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace EReferrals.Tests.Worklists;

/// <summary>
/// Everything works with ten thousand entries on one list, far more than a hospital has. The test reports the times and does not assert on them.
/// </summary>
public sealed class LargestListTests(ClockedApp clocked, ITestOutputHelper output) : IClassFixture<ClockedApp>
{
    private const int Entries = 10_000;
    private const string ForReview = "/v1/worklists/REFERRALS_FOR_REVIEW";

    private static readonly WorklistName List = new("RCD", Worklist.ReferralsForReview);
    private static readonly Actor Reader = Sample.ProviderClinician with { Organisation = "RCD" };

    private readonly RunningApp _app = clocked.App;

    [Fact]
    public async Task A_list_of_ten_thousand_entries_is_paged_polled_printed_exported_and_snapshotted_in_full()
    {
        await TimedAsync("filling", FillAsync);
        await TimedAsync("snapshot", () => _app.Services.GetRequiredService<SnapshotBuilder>().BuildAsync(List, CancellationToken.None));
        clocked.Clock.Advance(TimeSpan.FromSeconds(2));

        using var page = await TimedAsync("first page", () => _app.GetAsync(Reader, $"{ForReview}?limit=100"));
        var first = await page.JsonAsync();
        Assert.Equal((100, true), (first["entries"]!.AsArray().Count, first["next"] is not null));

        using var print = await TimedAsync("print", () => _app.GetAsync(Reader, $"{ForReview}/print"));
        using var csv = await TimedAsync("CSV", () => _app.GetAsync(Reader, $"{ForReview}/export.csv"));
        using var sheets = await _app.GetAsync(Reader, $"{ForReview}/print?sheets=true");
        var rows = (await print.Content.ReadAsStringAsync()).Split("<tr>").Length - 2;
        var records = (await csv.Content.ReadAsStringAsync()).Split("\r\n").Length - 2;
        output.WriteLine($"print {print.Content.Headers.ContentLength:N0} bytes, CSV {csv.Content.Headers.ContentLength:N0} bytes");
        Assert.Equal((Entries, Entries, 422), (rows, records, (int)sheets.StatusCode));

        // The tables are down, so that an unchanged poll within one second cannot have read them, and the snapshot is complete.
        using var polled = await _app.GetAsync(Reader, $"{ForReview}?limit=100");
        await _app.Local.Azurite!.Records.StopAsync();
        var requests = await PolledAsync(polled.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, requests);
        clocked.Clock.Advance(TimeSpan.FromSeconds(2));
        using var copy = await TimedAsync("snapshot page", () => _app.GetAsync(Reader, $"{ForReview}?limit=1000"));
        Assert.Equal("snapshot", (await copy.JsonAsync())["source"]!.GetValue<string>());
        using var copied = await _app.GetAsync(Reader, $"{ForReview}/export.csv");
        Assert.Equal(Entries, (await copied.Content.ReadAsStringAsync()).Split("\r\n").Length - 2);
    }

    // The app's clock keeps running, so that the cached version is renewed here.
    private async Task<HttpStatusCode> PolledAsync(string tag)
    {
        var head = new WorklistHead(long.Parse(tag.Split('"')[1].Split('-')[^1], System.Globalization.CultureInfo.InvariantCulture), Entries);
        _app.Services.GetRequiredService<WorklistVersions>().Saw(List, head, clocked.Clock.GetTimestamp());
        using var response = await _app.GetAsync(Reader, $"{ForReview}?limit=100", ("If-None-Match", tag));
        return response.StatusCode;
    }

    private async Task FillAsync()
    {
        var projector = _app.Services.GetRequiredService<WorklistProjector>();
        var template = WorklistEntry.From(Sample.ReferralAwaitingTriage());
        var changes = Enumerable.Range(0, Entries).Select(number => Change(template, number)).ToArray();
        foreach (var some in changes.Chunk(1000)) await projector.ApplyAsync(List, some, CancellationToken.None);
    }

    private static WorklistChange Change(WorklistEntry template, int number)
    {
        var ubrn = Ubrn.FromSequence(50_000_000_000 + number);
        var entry = template with
        {
            Ubrn = ubrn,
            Priority = (Priority)(number % 3),
            PathwayStart = Sample.Now.AddMinutes(-number),
            Patient = template.Patient with { Name = $"Family-name-{number}, Given-name" },
        };
        return new WorklistChange(List, ubrn, 1, entry);
    }

    private async Task TimedAsync(string what, Func<Task> act)
    {
        await TimedAsync(what, async () =>
        {
            await act();
            return true;
        });
    }

    private async Task<T> TimedAsync<T>(string what, Func<Task<T>> act)
    {
        var (watch, before) = (Stopwatch.StartNew(), GC.GetTotalAllocatedBytes());
        var result = await act();
        output.WriteLine(
            $"{what}: {watch.ElapsedMilliseconds} ms, {(GC.GetTotalAllocatedBytes() - before) / 1048576.0:0.0} MiB allocated, heap "
                + $"{GC.GetTotalMemory(false) / 1048576.0:0} MiB");
        return result;
    }
}
