using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using EReferrals.Referrals.Organisations;
using EReferrals.Retention.Sweeping;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Transfers;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Retention;

/// <summary>One running app whose sweeper deletes, and whose clock moves by years.</summary>
public sealed class RetentionApp : TransferApp
{
    protected override IEnumerable<string> Settings => [.. base.Settings, "--Retention:Sweep=On"];

    /// <summary>Lets time pass in which nothing happens.</summary>
    public async Task LaterAsync(TimeSpan by)
    {
        await App.SettleAsync();
        Advance(by);
        App.ForgetTokens();
    }

    public Task SweepOnceAsync() => App.Services.GetRequiredService<Sweeper>().SweepAsync(CancellationToken.None);

    /// <summary>Runs the sweeper until its pass is finished.</summary>
    public async Task SweepAsync()
    {
        Advance(TimeSpan.FromDays(1));
        App.ForgetTokens();
        for (var runs = 0; runs < 30; runs++)
        {
            await SweepOnceAsync();
            if ((await App.Services.GetRequiredService<Sweeper>().ProgressAsync(default)).Pass?.Finished is not null) return;
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
                var has = row.Select(column => column.Value).OfType<string>().Any(value => texts.Any(text => value.Contains(text, StringComparison.Ordinal)));
                if (has) rows.Add($"{table}/{row.RowKey}");
            }

            return rows;
        }));
        return [.. found.SelectMany(rows => rows)];
    }

    public async Task<bool> HasBytesAsync(string attachment) =>
        await new BlobContainerClient(App.Local.Azurite!.Records.ConnectionString, "attachments").GetBlobClient(attachment).ExistsAsync();
}
