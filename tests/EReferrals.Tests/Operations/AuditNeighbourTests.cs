using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using EReferrals.Storage.Blobs;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Operations;

/// <summary>
/// Verifies the audit trail after all blobs of one process were removed from both accounts. Each test has processes of its own, whose clock shows a day long
/// ago on which nobody else wrote.
/// </summary>
public sealed class AuditNeighbourTests(AuditChainTests.ProxiedApp proxied) : IClassFixture<AuditChainTests.ProxiedApp>, IAsyncLifetime
{
    private static readonly TimeSpan AnHour = TimeSpan.FromHours(1);

    private static int _tests;

    private readonly MovingClock _clock = new();

    private BlobContainerClient[] Accounts =>
    [
        new(proxied.App.Local.Azurite!.Contingency.ConnectionString, "audit"),
        new(proxied.App.Local.Azurite.Records.ConnectionString, "audit"),
    ];

    private DateOnly Today => DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);

    public async Task InitializeAsync()
    {
        (proxied.Proxy.Before, proxied.Proxy.Refused) = (null, null);
        await proxied.App.DrainAsync();
        SetClock(Today.AddDays(-10 * Interlocked.Increment(ref _tests)), new TimeOnly(10, 5));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task When_all_blobs_of_a_process_are_removed_the_blobs_of_others_name_them()
    {
        using var removed = Blobs();
        using var other = Blobs();
        await AppendAsync(removed);
        await AppendAsync(other);
        await removed.WitnessAsync();
        var blobs = await OfAsync(removed);
        _clock.Advance(AnHour);
        await WriteAsync(other);
        Assert.True((bool)(await VerifyAsync(Today))["whole"]!);

        await RemoveAsync(blobs);

        var answer = await VerifyAsync(Today);
        Assert.False((bool)answer["whole"]!);
        Assert.Equal(2, blobs.Count);
        Assert.Equal(Removed(blobs), FaultsOf(answer).Order());
    }

    [Fact]
    public async Task Removed_blobs_of_the_last_hour_of_a_day_are_findings_of_the_next_day()
    {
        SetClock(Today, new TimeOnly(23, 30));
        using var removed = Blobs();
        using var other = Blobs();
        var blobs = await WriteAsync(removed);
        _clock.Advance(AnHour);
        await WriteAsync(other);

        await RemoveAsync(blobs);

        Assert.Equal(Removed(blobs), FaultsOf(await VerifyAsync(Today)).Order());
    }

    [Fact]
    public async Task A_process_that_stops_names_what_the_others_have_written_in_this_hour()
    {
        using var removed = Blobs();
        using var other = Blobs();
        var blobs = await WriteAsync(removed);
        await AppendAsync(other);
        await other.StopAsync();

        await RemoveAsync(blobs);

        Assert.Equal(Removed(blobs), FaultsOf(await VerifyAsync(Today)).Order());
    }

    [Fact]
    public async Task The_first_process_after_an_outage_of_hours_names_the_blobs_from_before()
    {
        using var removed = Blobs();
        var blobs = await WriteAsync(removed);
        _clock.Advance(9 * AnHour);
        using var other = Blobs();
        await WriteAsync(other);

        await RemoveAsync(blobs);

        Assert.Equal(Removed(blobs), FaultsOf(await VerifyAsync(Today)).Order());
    }

    [Fact]
    public async Task A_blob_that_is_shorter_than_another_process_names_is_a_finding()
    {
        using var cut = Blobs();
        using var other = Blobs();
        await AppendAsync(cut);
        await AppendAsync(cut);
        await cut.WitnessAsync();
        var blobs = await OfAsync(cut);
        _clock.Advance(AnHour);
        await WriteAsync(other);

        var blob = Accounts[0].GetAppendBlobClient(blobs[0].Name);
        var lines = (await blob.DownloadContentAsync()).Value.Content.ToString().Split('\n');
        await RemoveAsync(blobs);
        await blob.CreateAsync();
        using var start = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines[..3]) + "\n"));
        await blob.AppendBlockAsync(start);

        Assert.Contains(("END_CHANGED", blob.Name), FaultsOf(await VerifyAsync(Today)));
    }

    [Fact]
    public async Task The_trail_is_whole_at_every_moment_while_processes_write_and_hours_change()
    {
        SetClock(Today, new TimeOnly(22, 30));
        AuditBlobs[] writers = [Blobs(), Blobs(), Blobs()];
        var whole = new List<bool>();
        var findings = new List<string>();
        for (var round = 0; round < 12; round++)
        {
            var writing = writers.Select(async blobs =>
            {
                for (var entry = 0; entry < 20; entry++) await AppendAsync(blobs);
            }).ToArray();
            if (round % 3 == 2) _clock.Advance(AnHour);
            var answer = await VerifyAsync(Today);
            // A new day may have begun, and have no entry yet.
            if (answer["blobs"]!.AsArray().Count > 0) whole.Add((bool)answer["whole"]!);
            findings.Add(answer["findings"]!.ToJsonString());
            await Task.WhenAll(writing);
        }

        foreach (var blobs in writers) blobs.Dispose();

        Assert.All(findings, finding => Assert.Equal("[]", finding));
        Assert.NotEmpty(whole);
        Assert.DoesNotContain(false, whole);
    }

    [Fact]
    public async Task The_trail_is_whole_after_a_failover_to_the_reserve_at_an_hour_change_and_the_reserve_names_the_blobs_of_others()
    {
        using var removed = Blobs();
        using var other = Blobs();
        await AppendAsync(removed);
        await removed.AppendToReserveAsync(Line, default);
        await removed.WitnessAsync();
        var blobs = await OfAsync(removed);
        await WriteAsync(other);
        _clock.Advance(AnHour);
        proxied.Proxy.Refused = "/";
        await other.AppendToReserveAsync(Line, default);
        await other.WitnessAsync();
        proxied.Proxy.Refused = null;
        Assert.True((bool)(await VerifyAsync(Today))["whole"]!);

        // What the refused account contains is named in the next hour.
        _clock.Advance(AnHour);
        await WriteAsync(other);
        Assert.True((bool)(await VerifyAsync(Today))["whole"]!);
        await RemoveAsync(blobs);

        Assert.Equal(Removed(blobs), FaultsOf(await VerifyAsync(Today)).Order());
    }

    [Fact]
    public async Task A_listing_that_hangs_delays_no_entry_and_the_next_hour_names_what_it_missed()
    {
        using var removed = Blobs();
        using var other = Blobs();
        var blobs = await WriteAsync(removed);
        await WriteAsync(other);
        _clock.Advance(AnHour);
        var (listing, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        proxied.Proxy.Before = async request =>
        {
            if (!request.Path.Contains("comp=list", StringComparison.Ordinal)) return;
            listing.TrySetResult();
            await answer.Task;
        };
        await AppendAsync(other);
        await listing.Task;
        await AppendAsync(other);
        _clock.Advance(TimeSpan.FromSeconds(2));
        // The record of the end of its own chain waits for the listing no longer than that.
        await Eventually.TrueAsync(async () => (await OfAsync(other)).Count == 4);
        proxied.Proxy.Before = null;
        answer.SetResult();
        _clock.Advance(AnHour);
        await WriteAsync(other);
        Assert.True((bool)(await VerifyAsync(Today))["whole"]!);
        await RemoveAsync(blobs);

        Assert.Equal(Removed(blobs), FaultsOf(await VerifyAsync(Today)).Order());
    }

    [Fact]
    public async Task A_process_that_stopped_has_no_open_end_and_one_that_was_killed_has_one_and_both_are_whole()
    {
        using var stopped = Blobs();
        using var killed = Blobs();
        foreach (var blobs in (AuditBlobs[])[stopped, killed])
        {
            await AppendAsync(blobs);
            await blobs.AppendDrainedAsync(Line, default);
            await blobs.WitnessAsync();
            await AppendAsync(blobs);
        }

        await stopped.StopAsync();

        // A slow verification takes more than one answer, and an end that another answer names is open there.
        await Eventually.TrueAsync(async () =>
        {
            var answer = await VerifyAsync(Today);
            return ((bool)answer["whole"]!, (int)answer["openEnds"]!) == (true, 1);
        });
    }

    private static ReadOnlyMemory<byte> Line => "{\"what\":\"test\"}\n"u8.ToArray();

    private static Task AppendAsync(AuditBlobs blobs) => blobs.AppendAsync(Line, default);

    /// <summary>Appends an entry and the ends that are known then, and returns the blobs of this process.</summary>
    private async Task<IReadOnlyList<BlobBaseClient>> WriteAsync(AuditBlobs process)
    {
        await AppendAsync(process);
        await process.WitnessAsync();
        return await OfAsync(process);
    }

    /// <summary>Chains of their own, as those of another process.</summary>
    private AuditBlobs Blobs() => ActivatorUtilities.CreateInstance<AuditBlobs>(proxied.App.Services, _clock);

    private void SetClock(DateOnly day, TimeOnly time) =>
        _clock.Advance(new DateTimeOffset(day, time, TimeSpan.Zero) - _clock.GetUtcNow());

    /// <summary>The blobs of this process in both accounts.</summary>
    private async Task<IReadOnlyList<BlobBaseClient>> OfAsync(AuditBlobs process)
    {
        var blobs = new List<BlobBaseClient>();
        foreach (var account in Accounts)
        {
            await foreach (var blob in account.GetBlobsAsync())
            {
                if (blob.Name.Contains(process.Instance, StringComparison.Ordinal)) blobs.Add(account.GetBlobBaseClient(blob.Name));
            }
        }

        return blobs;
    }

    private static async Task RemoveAsync(IEnumerable<BlobBaseClient> blobs)
    {
        foreach (var blob in blobs) await blob.DeleteAsync();
    }

    private static IEnumerable<(string Fault, string Named)> Removed(IEnumerable<BlobBaseClient> blobs) =>
        blobs.Select(blob => ("BLOB_REMOVED", blob.Name)).Order();

    private static IEnumerable<(string Fault, string Named)> FaultsOf(JsonObject answer) =>
        answer["findings"]!.AsArray().Select(finding => ((string)finding!["fault"]!, (string)finding["named"]!["name"]!)).Distinct();

    private Task<JsonObject> VerifyAsync(DateOnly day) => proxied.App.VerifyDayAsync(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
}
