using System.Collections.Concurrent;
using System.Diagnostics;
using Azure.Data.Tables;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Tables;

namespace EReferrals.Tests.Journeys;

/// <summary>Each test has its own app, because it counts everything on its lists.</summary>
public sealed class LoadTests
{
    [Fact]
    public async Task Five_hundred_submissions_over_16_connections_are_each_listed_exactly_once()
    {
        await using var app = await RunningApp.StartAsync();
        var accepted = new ConcurrentBag<string>();

        var left = 500;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0) accepted.Add(await app.SubmitAsync(Sample.ReferringClinician));
        }));
        await app.DrainAsync();

        Assert.Equal(500, accepted.Distinct().Count());
        Assert.Equal(accepted.Order(), (await app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview)).Order());
    }

    [Fact]
    public async Task Submissions_accepted_while_the_records_store_is_down_all_appear_when_it_is_back()
    {
        await using var app = await RunningApp.StartAsync();
        var accepted = new ConcurrentBag<string> { await app.SubmitAsync(Sample.ReferringClinician) };
        await app.Local.Azurite!.Records.StopAsync();

        var outage = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async sender =>
        {
            for (var number = 0; outage.Elapsed < TimeSpan.FromSeconds(30); number++)
            {
                accepted.Add(await app.SubmitAsync(Sample.ReferringClinician, key: $"{sender}-{number}"));
            }
        }));
        await app.Local.Azurite.Records.StartAsync();

        await Eventually.TrueAsync(
            async () => (await app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview)).Count >= accepted.Count,
            async () => await MissingAsync(app, accepted),
            withinSeconds: 240);
        Assert.Equal(accepted.Order(), (await app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview)).Order());
        // The service takes dead letters off their queue, so they are counted where it keeps them.
        using var quarantine = await app.ReadPatientlyAsync(Sample.Operator, "/v1/operations/dead-letters");
        Assert.Empty((await quarantine.JsonAsync())["deadLetters"]!.AsArray());
    }

    // What callers see and what is stored, so that a failure shows on which step a referral went missing.
    private static async Task<string> MissingAsync(RunningApp app, IEnumerable<string> accepted)
    {
        using var list = await app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW?limit=1000");
        var page = await list.JsonAsync();
        var missing = accepted.Except(await app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview)).ToList();
        var table = new TableClient(app.Local.Azurite!.Records.ConnectionString, TableKeys.Worklists);
        var rows = await table.QueryAsync<TableEntity>("PartitionKey eq 'R69:REFERRALS_FOR_REVIEW'").ToListAsync();
        var head = rows.Single(row => row.RowKey.StartsWith("head:", StringComparison.Ordinal));
        var answers = await Task.WhenAll(missing.Take(5).Select(async ubrn =>
        {
            using var response = await app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
            var stored = rows.Where(row => row.RowKey.EndsWith(ubrn, StringComparison.Ordinal)).Select(row => row.RowKey);
            return $"{ubrn} answers {(int)response.StatusCode} and is in the rows [{string.Join(", ", stored)}]";
        }));
        return $"Not listed: {missing.Count} of {accepted.Count()} ({string.Join(", ", answers)}). The list answers {(int)list.StatusCode}, {page["source"]}, "
            + $"version {page["version"]}, {page["entries"]?.AsArray().Count} entries; stored is version {head["Version"]} with {head["Count"]} entries. "
            + $"Waiting: {string.Join(", ", Queues.All.Select(app.Local.Broker.QueueStatistics))}";
    }
}
