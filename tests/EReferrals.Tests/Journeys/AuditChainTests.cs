using System.Text;
using Azure.Storage.Blobs;
using EReferrals.Audit;
using EReferrals.Messaging;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Chains;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace EReferrals.Tests.Journeys;

/// <summary>The chain of the audit trail when responses of its storage account are lost and requests arrive late.</summary>
public sealed class AuditChainTests(AuditChainTests.ProxiedApp proxied) : IClassFixture<AuditChainTests.ProxiedApp>, IAsyncLifetime
{
    private readonly string _mark = Guid.NewGuid().ToString("N");

    public async Task InitializeAsync()
    {
        (proxied.Proxy.Before, proxied.Proxy.IsResponseLost, proxied.Proxy.Refused, proxied.Proxy.OutlivesCaller) = (null, null, null, false);
        await proxied.App.DrainAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_group_whose_response_was_lost_is_stored_once()
    {
        using var blobs = proxied.Blobs();
        await AppendAsync(blobs, "first");
        var lost = 0;
        proxied.Proxy.IsResponseLost = request => request.Body.Contains("second", StringComparison.Ordinal) && lost++ == 0;
        await AppendAsync(blobs, "second");
        proxied.Proxy.IsResponseLost = null;
        await AppendAsync(blobs, "third");

        Assert.Equal(["first", "second", "third"], await StoredAsync());
        Assert.Empty(await FindingsAsync());
    }

    [Fact]
    public async Task A_group_that_was_given_up_and_stored_after_all_stays_in_the_chain()
    {
        using var blobs = proxied.Blobs();
        await AppendAsync(blobs, "first");
        using var impatient = new CancellationTokenSource();
        proxied.Proxy.IsResponseLost = request =>
        {
            if (!request.Body.Contains("second", StringComparison.Ordinal)) return false;
            impatient.Cancel();
            return true;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => blobs.AppendAsync(Line("second"), impatient.Token));
        proxied.Proxy.IsResponseLost = null;
        await AppendAsync(blobs, "third");

        Assert.Equal(["first", "second", "third"], await StoredAsync());
        Assert.Empty(await FindingsAsync());
    }

    [Fact]
    public async Task A_group_that_arrives_after_the_next_one_is_not_stored()
    {
        using var blobs = proxied.Blobs();
        await AppendAsync(blobs, "first");
        var late = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        var forwarded = new TaskCompletionSource();
        using var impatient = new CancellationTokenSource();
        proxied.Proxy.OutlivesCaller = true;
        proxied.Proxy.Before = async request =>
        {
            if (!request.Body.Contains("second", StringComparison.Ordinal)) return;
            arrived.TrySetResult();
            await late.Task;
        };
        proxied.Proxy.IsResponseLost = request =>
        {
            if (request.Body.Contains("second", StringComparison.Ordinal)) forwarded.TrySetResult();
            return false;
        };
        var second = blobs.AppendAsync(Line("second"), impatient.Token);
        await arrived.Task;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await AppendAsync(blobs, "third");
        late.SetResult();
        await forwarded.Task;
        proxied.Proxy.Before = null;
        proxied.Proxy.IsResponseLost = null;
        proxied.Proxy.OutlivesCaller = false;
        await AppendAsync(blobs, "fourth");

        Assert.Equal(["first", "third", "fourth"], await StoredAsync());
        Assert.Empty(await FindingsAsync());
    }

    [Fact]
    public async Task The_blob_of_the_next_hour_names_the_end_of_the_one_before_also_after_a_failure()
    {
        using var blobs = proxied.Blobs();
        await AppendAsync(blobs, "first");
        proxied.Proxy.Refused = "/";
        await Assert.ThrowsAnyAsync<Azure.RequestFailedException>(() => AppendAsync(blobs, "refused"));
        proxied.Proxy.Refused = null;
        proxied.Clock.Advance(TimeSpan.FromHours(1));
        await AppendAsync(blobs, "second");

        Assert.Equal(["first", "second"], await StoredAsync());
        Assert.Empty(await FindingsAsync());
        Assert.Equal(2, (await OursAsync()).Count);
    }

    [Fact]
    public async Task The_reserve_account_names_the_end_of_the_chain_in_the_audit_account()
    {
        using var blobs = proxied.Blobs();
        await AppendAsync(blobs, "first");
        await blobs.WitnessAsync();
        var (blob, lines) = Assert.Single(await OursAsync());

        var witness = await SealsOfReserveAsync();

        Assert.Contains(witness, seal => seal.Contains(blob.Name, StringComparison.Ordinal) && seal.Contains(HashIn(lines[^1]), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Entries_that_come_together_share_appends_also_while_a_clock_stands_still()
    {
        var clock = new StandingClock(proxied.Clock.GetUtcNow());
        using var blobs = ActivatorUtilities.CreateInstance<AuditBlobs>(proxied.App.Services, clock);
        var pending = proxied.App.Services.GetRequiredService<AuditPending>();
        await using var trail = new AuditTrail(blobs, pending, clock, NullLogger<AuditTrail>.Instance);
        var entry = new AuditEntry { What = AuditedAction.Refused, Function = "test", CorrelationId = _mark, RequestId = _mark, Outcome = "403" };

        for (var round = 0; round < 2; round++) await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => trail.WriteAsync(entry, default)));

        var (_, lines) = Assert.Single(await OursAsync());
        Assert.Equal(60, lines.Count(line => line.Contains(_mark, StringComparison.Ordinal)));
        Assert.InRange(lines.Count(line => line.StartsWith("{\"seal\"", StringComparison.Ordinal)), 2, 30);
        Assert.Empty(await FindingsAsync());
    }

    [Fact]
    public async Task An_entry_that_is_written_while_a_search_runs_does_not_wait_for_it_and_is_found()
    {
        var app = proxied.App;
        app.ForgetTokens();
        var ubrn = await app.SubmitAsync(Sample.ReferringClinician);
        await app.DrainAsync();
        using var before = await ReadAsync(ubrn, Guid.NewGuid().ToString());
        var (begun, goesOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        proxied.Proxy.Before = async visit =>
        {
            if (visit.Method != "GET" || !visit.Path.Contains(".jsonl", StringComparison.Ordinal)) return;
            begun.TrySetResult();
            await goesOn.Task;
        };

        var search = SearchAsync(ubrn);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        using var during = await ReadAsync(ubrn, _mark);
        var isRunning = !search.IsCompleted;
        goesOn.SetResult();
        await search;

        Assert.Equal((200, 200, true), ((int)before.StatusCode, (int)during.StatusCode, isRunning));
        Assert.Contains(_mark, await SearchAsync(ubrn), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> ReadAsync(string ubrn, string correlation) =>
        proxied.App.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}", ("X-Correlation-ID", correlation));

    private async Task<string> SearchAsync(string ubrn)
    {
        var now = proxied.Clock.GetUtcNow().UtcDateTime;
        using var found = await proxied.App.GetAsync(
            Sample.Operator, $"/v1/operations/audit?ubrn={ubrn}&from={now.AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}&to={now.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}");
        Assert.True((int)found.StatusCode == 200, await found.Content.ReadAsStringAsync());
        return await found.Content.ReadAsStringAsync();
    }

    private static string HashIn(string seal) => seal[^(Chain.HashLength + 3)..^3];

    private Task AppendAsync(AuditBlobs blobs, string what) => blobs.AppendAsync(Line(what), default);

    private ReadOnlyMemory<byte> Line(string what) => Encoding.UTF8.GetBytes($$"""{"what":"{{what}}","mark":"{{_mark}}"}""" + "\n");

    private async Task<IReadOnlyList<string>> StoredAsync() =>
    [
        .. (await OursAsync()).SelectMany(blob => blob.Lines)
            .Where(line => line.StartsWith("{\"what\":", StringComparison.Ordinal))
            .Select(line => line.Split('"')[3]),
    ];

    /// <summary>Verifies the blobs of this test, and the ends that they name.</summary>
    private async Task<IReadOnlyList<ChainFinding>> FindingsAsync()
    {
        var findings = new List<ChainFinding>();
        foreach (var (blob, lines) in await OursAsync())
        {
            using var check = new ChainCheck(blob.Account, blob.Name);
            foreach (var line in lines) check.Add(Encoding.UTF8.GetBytes(line));
            check.Complete(endsWithLineFeed: true);
            findings.AddRange(check.Findings);
            if (check.After is { } after && await proxied.Reader.FindAsync(after, isLast: true, default) is { } fault)
            {
                findings.Add(new ChainFinding(fault, 1, 1, after));
            }
        }

        return findings;
    }

    private async Task<IReadOnlyList<(AuditBlob Blob, IReadOnlyList<string> Lines)>> OursAsync()
    {
        var ours = new List<(AuditBlob, IReadOnlyList<string>)>();
        var now = proxied.Clock.GetUtcNow();
        foreach (var hour in (DateTimeOffset[])[now.AddHours(-1), now])
        {
            await foreach (var blob in proxied.Reader.BlobsAsync(hour, default))
            {
                var lines = new List<string>();
                await foreach (var line in proxied.Reader.LinesAsync(blob, default)) lines.Add(Encoding.UTF8.GetString(line.Bytes.Span));
                if (lines.Exists(line => line.Contains(_mark, StringComparison.Ordinal))) ours.Add((blob, lines));
            }
        }

        return ours;
    }

    private async Task<IReadOnlyList<string>> SealsOfReserveAsync()
    {
        var container = new BlobContainerClient(proxied.App.Local.Azurite!.Records.ConnectionString, "audit");
        var seals = new List<string>();
        await foreach (var blob in container.GetBlobsAsync())
        {
            var content = (await container.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToString();
            seals.AddRange(content.Split('\n').Where(line => line.StartsWith("{\"seal\"", StringComparison.Ordinal)));
        }

        return seals;
    }

    private sealed class StandingClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>One running app with a storage proxy in front of the account of the audit trail.</summary>
    public sealed class ProxiedApp : IAsyncLifetime
    {
        private readonly ClockedApp _clocked;

        public ProxiedApp() => _clocked = new ClockedApp { Configure = Configure };

        public RunningApp App => _clocked.App;

        public MovingClock Clock => _clocked.Clock;

        public AuditReader Reader => App.Services.GetRequiredService<AuditReader>();

        internal StorageProxy Proxy { get; private set; } = null!;

        /// <summary>Chains of their own, as those of another process.</summary>
        internal AuditBlobs Blobs() => ActivatorUtilities.CreateInstance<AuditBlobs>(App.Services);

        public async Task InitializeAsync()
        {
            Proxy = await StorageProxy.StartAsync();
            await _clocked.InitializeAsync();
        }

        public async Task DisposeAsync()
        {
            await _clocked.DisposeAsync();
            await Proxy.DisposeAsync();
        }

        private void Configure(FunctionsApplicationBuilder builder) =>
            RefusingStorageApp.Place(builder, "Contingency:ConnectionString", "BlobEndpoint", Proxy);
    }
}
