using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using Azure.Core;
using EReferrals.Contingency.Packs;
using EReferrals.Referrals.Organisations;
using EReferrals.Storage.Blobs;
using EReferrals.Tests.Journeys;
using EReferrals.Worklists.SafetyNet;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EReferrals.Tests.Contingency;

/// <summary>One running app with a workspace that has the log of its contingency account. Tests write the rows that Azure would.</summary>
public sealed class PackReadApp : IAsyncLifetime
{
    private readonly ClockedApp _clocked;
    private readonly ConcurrentQueue<string> _log = [];
    private StorageProxy _contingency = null!;
    private int _organisations;

    public PackReadApp() => _clocked = new ClockedApp
    {
        Settings = ["--Local:Timers=false", $"--Contingency:ReadLogWorkspace={LogWorkspace.Id}"],
        Configure = Configure,
    };

    public RunningApp App => _clocked.App;

    public IReadOnlyCollection<string> Log => _log;

    internal LogWorkspace Workspace { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (Workspace, _contingency) = (await LogWorkspace.StartAsync(), await StorageProxy.StartAsync());
        await _clocked.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _clocked.DisposeAsync();
        await _contingency.DisposeAsync();
        await Workspace.DisposeAsync();
    }

    /// <summary>Runs the timer function once, by default after the time in which rows settle.</summary>
    public async Task RecordAsync(int afterMinutes = 16)
    {
        Later(TimeSpan.FromMinutes(afterMinutes));
        await App.Local.RunTimerAsync(nameof(SweepAndPackFunction));
    }

    /// <summary>Runs the timer function once; the place in the log cannot be saved.</summary>
    public async Task RecordAndStopAsync()
    {
        _contingency.Before = visit => visit.Method == "PUT" && visit.Path.Contains("/pack-reads.json", StringComparison.Ordinal)
            ? throw new IOException("The process ends.")
            : Task.CompletedTask;
        await RecordAsync();
        _contingency.Before = null;
    }

    public void Later(TimeSpan by)
    {
        _clocked.Clock.Advance(by);
        App.ForgetTokens();
    }

    public DateTimeOffset Now => _clocked.Clock.GetUtcNow();

    /// <summary>A pack with one referral, and the link to it.</summary>
    public async Task<(string Ubrn, Uri Link)> LinkedReferralAsync()
    {
        var ubrn = await App.SubmitAsync(Sample.ReferringClinician);
        await _clocked.FifteenSecondsLaterAsync();
        await App.Services.GetRequiredService<PackBuilder>().BuildAllAsync(CancellationToken.None);
        return (ubrn, await LinkAsync(Sample.ProviderClinician));
    }

    /// <summary>A link to a pack of an organisation of its own.</summary>
    /// <param name="content">Null for one that is no ZIP.</param>
    public async Task<(PackName Pack, Uri Link)> LinkedPackAsync(byte[]? content = null)
    {
        var name = new PackName($"RL{Interlocked.Increment(ref _organisations)}", PackSide.Provider);
        var packs = App.Services.GetRequiredService<PackBlobs>();
        using var upload = packs.Begin(name, before: null);
        upload.Stream.Write(content ?? Encoding.UTF8.GetBytes("a pack"));
        Assert.True(await upload.CommitAsync("a pack", Now, CancellationToken.None));
        return (name, await LinkAsync(Sample.ProviderClinician with { Organisation = name.Organisation }));
    }

    /// <summary>Logs a read of a link as Azure does: with the address of the account, and without the signature.</summary>
    /// <returns>The id that the account gave to the read.</returns>
    public string LogRead(Uri link, DateTimeOffset? read = null, DateTimeOffset? ingested = null, string caller = "203.0.113.7:51234")
    {
        var snapshot = HttpUtility.ParseQueryString(link.Query)["snapshot"]!;
        var pack = link.AbsolutePath[link.AbsolutePath.IndexOf("/packs/", StringComparison.Ordinal)..];
        return LogRow(
            $"https://stcon.blob.core.windows.net{pack}?snapshot={Uri.EscapeDataString(snapshot)}&sv=2025-11-05&sr=bs&sp=r&sig=XXXXX",
            $"{(read ?? Now).UtcDateTime:o}", ingested, caller);
    }

    public string LogRow(JsonNode? address, string? read = null, DateTimeOffset? ingested = null, string? caller = null, string? reference = null)
    {
        var id = reference ?? $"{Guid.NewGuid():D}";
        Workspace.Rows.Enqueue(new LogRow(ingested ?? Now, id, read ?? $"{Now.UtcDateTime:o}", address, caller));
        return id;
    }

    public static string LinkOf(PackName name, Uri link) => $"{name}@{HttpUtility.ParseQueryString(link.Query)["snapshot"]}";

    /// <summary>The entries of reads by links with this reference.</summary>
    public async Task<IReadOnlyList<JsonObject>> ReadsAsync(string reference) =>
        [.. (await App.TrailAsync(reference)).Where(entry => (string?)entry["what"] == "PACK_LINK_READ")];

    /// <summary>What a search of the trail finds about a referral.</summary>
    public Task<IReadOnlyList<JsonObject>> SearchAsync(string ubrn) => SearchAsync(ubrn, Now.AddDays(-2), Now.AddMinutes(1));

    public async Task<IReadOnlyList<JsonObject>> SearchAsync(string ubrn, DateTimeOffset from, DateTimeOffset to)
    {
        using var found = await App.GetAsync(Sample.Operator, $"/v1/operations/audit?ubrn={ubrn}&from={Text(from)}&to={Text(to)}&limit=500");
        Assert.True((int)found.StatusCode == 200, await found.Content.ReadAsStringAsync());
        return [.. (await found.JsonAsync())["entries"]!.AsArray().Select(entry => entry!.AsObject())];
    }

    private static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private async Task<Uri> LinkAsync(Actor reader)
    {
        using var about = await App.GetAsync(reader, "/v1/contingency", ("Accept", "application/json"));
        return new Uri((await about.JsonAsync())["links"]!["pack"]!.GetValue<string>());
    }

    private void Configure(FunctionsApplicationBuilder builder)
    {
        builder.Services
            .AddSingleton<TokenCredential>(new ScopeCredential())
            .AddSingleton(Workspace.Transport())
            .AddSingleton<ILoggerProvider>(new CapturedLog(_log));
        RefusingStorageApp.Place(builder, "Contingency:ConnectionString", "BlobEndpoint", _contingency);
    }
}
