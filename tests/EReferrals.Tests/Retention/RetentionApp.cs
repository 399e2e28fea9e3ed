using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using EReferrals.Contingency.Packs;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Retention;
using EReferrals.Retention.Sweeping;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Transfers;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Retention;

/// <summary>One running app whose sweeper deletes, and whose clock moves by years.</summary>
public sealed class RetentionApp : TransferApp
{
    private StorageProxy _records = null!;
    private StorageProxy _contingency = null!;

    protected override IEnumerable<string> Settings => [.. base.Settings, "--Retention:Sweep=On"];

    public override async Task InitializeAsync()
    {
        (_records, _contingency) = (await StorageProxy.StartAsync(), await StorageProxy.StartAsync());
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _records.DisposeAsync();
        await _contingency.DisposeAsync();
    }

    protected override void Configure(FunctionsApplicationBuilder builder)
    {
        RefusingStorageApp.Place(builder, "Records:ConnectionString", "BlobEndpoint", _records);
        RefusingStorageApp.Place(builder, "Contingency:ConnectionString", "BlobEndpoint", _contingency);
    }

    /// <summary>Simulates a process that ends after a number of calls to the blobs of either account.</summary>
    public Task<bool> RunAndStopAtBlobsAsync(int calls, Func<Task> work) => RunAndStopAsync(calls, work, [_records, _contingency]);

    public async Task<RetentionPlace> PlaceAsync()
    {
        var hospital = NewOrganisation();
        return new RetentionPlace(Practice(NewOrganisation()), hospital, await DefineAsync(hospital));
    }

    public Task<HttpResponseMessage> EraseAsync(string ubrn, int version) => App.PostAsync(
        Sample.Operator, $"/v1/operations/referrals/{ubrn}/erase", new JsonObject { ["reason"] = "The wrong patient" }, ("If-Match", $"W/\"{version}\""));

    /// <summary>Erases, or continues the erasure, and returns whether it is finished.</summary>
    public async Task<bool> IsErasedAsync(string ubrn, int version)
    {
        using var erased = await EraseAsync(ubrn, version);
        var kept = await erased.JsonAsync();
        Assert.Equal((200, "ERASED"), ((int)erased.StatusCode, (string?)kept["removed"]));
        return (bool)kept["isFinished"]!;
    }

    /// <summary>Builds the packs of all organisations whose lists have changed.</summary>
    public async Task BuildPacksAsync()
    {
        // Snapshots of another quarter of a minute.
        WhenAllInstancesKnow();
        await App.SettleAsync();
        await App.Services.GetRequiredService<PackBuilder>().BuildAllAsync(default);
    }

    /// <summary>A new link to a pack; null when there is none at the moment.</summary>
    public async Task<Uri?> LinkAsync(Actor reader)
    {
        using var about = await App.GetAsync(reader, "/v1/contingency", ("Accept", "application/json"));
        return (string?)(await about.JsonAsync())["links"]?["pack"] is { } pack ? new Uri(pack) : null;
    }

    /// <summary>The sweeper of a service with another setting.</summary>
    public Sweeper SweeperIn(SweepMode mode) =>
        ActivatorUtilities.CreateInstance<Sweeper>(App.Services, App.Services.GetRequiredService<EReferrals.Settings>() with { Sweep = mode });

    /// <summary>Lets time pass in which nothing happens.</summary>
    public async Task LaterAsync(TimeSpan by)
    {
        await App.SettleAsync();
        Advance(by);
        App.ForgetTokens();
    }

    public Task SweepOnceAsync() => App.Services.GetRequiredService<Sweeper>().SweepAsync(CancellationToken.None);

    public Task<SweepProgress> ProgressAsync() => App.Services.GetRequiredService<Sweeper>().ProgressAsync(default);

    /// <summary>Runs the sweeper until its pass is finished.</summary>
    public Task SweepAsync()
    {
        Advance(TimeSpan.FromDays(1));
        App.ForgetTokens();
        return FinishPassAsync(App.Services.GetRequiredService<Sweeper>());
    }

    public async Task FinishPassAsync(Sweeper sweeper)
    {
        for (var runs = 0; runs < 30; runs++)
        {
            await sweeper.SweepAsync(default);
            if ((await ProgressAsync()).Pass?.Finished is not null) return;
            // The lease of a run that was stopped.
            Advance(TimeSpan.FromMinutes(11));
            App.ForgetTokens();
        }

        Assert.Fail("The pass did not finish in 30 runs.");
    }

    /// <summary>Cancelled referrals of one service, each with a letter.</summary>
    public async Task<IReadOnlyList<(string Ubrn, string Letter)>> ManyCancelledAsync(Actor practice, string service, int count)
    {
        var made = await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            var letter = await App.UploadAsync(practice);
            var submission = JourneySteps.Submission(service: service);
            submission["attachments"] = new JsonArray(letter);
            return (Ubrn: await App.SubmitAsync(practice, submission), letter);
        }));
        await App.DrainAsync();
        await Task.WhenAll(made.Select(one => CommandAsync(practice, one.Ubrn, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" })));
        await App.SettleAsync();
        return made;
    }

    public async Task<string> CancelledAsync(Actor practice, string service, string? letter = null)
    {
        var submission = JourneySteps.Submission(service: service);
        if (letter is null) submission["letter"] = "NOT_INTENDING_TO_ADD";
        else submission["attachments"] = new JsonArray(letter);
        var ubrn = await App.SubmitAsync(practice, submission);
        await App.DrainAsync();
        await CommandAsync(practice, ubrn, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" });
        return ubrn;
    }

    /// <summary>The rows of all tables in which a column contains one of the texts, as <c>table/key</c>.</summary>
    public async Task<IReadOnlyList<string>> RowsOfAsync(params string[] texts)
    {
        var service = new TableServiceClient(App.Local.Azurite!.Records.ConnectionString);
        var found = await Task.WhenAll(TableKeys.AllTables.Select(async table =>
        {
            var rows = new List<string>();
            await foreach (var row in service.GetTableClient(table).QueryAsync<TableEntity>())
            {
                // Those have no text, and a version looks like a number.
                if (row.RowKey.StartsWith("c:", StringComparison.Ordinal)) continue;
                // What recognises a late verdict on a deleted file.
                if (row.RowKey.StartsWith(TableKeys.DeletedFile(""), StringComparison.Ordinal)) continue;
                var has = row.Select(column => column.Value).OfType<string>().Any(value => texts.Any(text => value.Contains(text, StringComparison.Ordinal)));
                if (has) rows.Add($"{table}/{row.RowKey}");
            }

            return rows;
        }));
        return [.. found.SelectMany(rows => rows)];
    }

    /// <summary>The ids of all attachments whose bytes are stored.</summary>
    public async Task<IReadOnlySet<string>> AllBytesAsync()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var blob in new BlobContainerClient(App.Local.Azurite!.Records.ConnectionString, "attachments").GetBlobsAsync()) names.Add(blob.Name);
        return names;
    }

    public async Task<bool> HasBytesAsync(string attachment) =>
        await new BlobContainerClient(App.Local.Azurite!.Records.ConnectionString, "attachments").GetBlobClient(attachment).ExistsAsync();
}

[CollectionDefinition(Name)]
public sealed class UsesRetentionApp : ICollectionFixture<RetentionApp>
{
    public const string Name = "retention app";
}
