using System.Diagnostics;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace EReferrals.Tests.Worklists;

/// <summary>Several instances apply the changes of one list from one queue to one store. The test reports the rates and does not assert on them.</summary>
public sealed class HotListTests(ITestOutputHelper output)
{
    private const int Referrals = 500;

    private static readonly WorklistName List = new("RHOT", Worklist.ReferralsForReview);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_thousand_changes_of_one_list_are_each_numbered_once_by_any_number_of_consumers(int consumers)
    {
        await using var apps = await AppsOnOneStore.StartAsync(consumers);
        var changes = Enumerable.Range(1, Referrals).SelectMany(number => new[] { Put(number), Second(number) }).ToArray();
        new Random(1).Shuffle(changes);
        var bus = apps.First.Services.GetRequiredService<ReferralBus>();
        await apps.PauseAsync();
        // Sends a hundred of them twice, as redeliveries after a lost acknowledgement would.
        foreach (var chunk in changes.Concat(changes[..100]).Chunk(50)) await bus.AnnounceAsync(chunk, "some", default);

        var watch = Stopwatch.StartNew();
        apps.Resume();
        await apps.First.DrainAsync();
        output.WriteLine($"{consumers} consumers: {changes.Length / watch.Elapsed.TotalSeconds:0} changes/s");
        // Some changes may have been rescheduled.
        var reader = apps.First.Services.GetRequiredService<WorklistReader>();
        await Eventually.TrueAsync(async () => await AllAreThereAsync(reader));
        await apps.First.DrainAsync();

        var entries = await ListInvariants.HoldAsync(reader, List);
        Assert.Equal(Enumerable.Range(1, Referrals).Where(number => number % 2 == 0).Select(Number), entries.Keys.OrderBy(ubrn => ubrn.ToString()));
        Assert.All(entries.Values, version => Assert.Equal(2, version));
        Assert.Equal(0, await apps.First.Services.GetRequiredService<QuarantineTable>().CountAsync(Queues.DeadLetters, default));
    }

    [Fact]
    public async Task Two_instances_that_accept_and_list_concurrently_show_every_referral_once()
    {
        await using var apps = await AppsOnOneStore.StartAsync(2);

        var accepted = await Task.WhenAll(Enumerable.Range(0, 8).Select(async sender =>
        {
            var ubrns = new List<string>();
            for (var number = 0; number < 25; number++) ubrns.Add(await apps.All[sender % 2].SubmitAsync(Sample.ReferringClinician));
            return ubrns;
        }));

        foreach (var app in apps.All)
        {
            await Eventually.TrueAsync(async () => (await ListedAsync(app)).Count >= 200);
            Assert.Equal(accepted.SelectMany(ubrns => ubrns).Order(), (await ListedAsync(app)).Order());
        }

        await ListInvariants.HoldAsync(
            apps.First.Services.GetRequiredService<WorklistReader>(), new WorklistName(Sample.Provider, Worklist.ReferralsForReview));
    }

    private static Task<IReadOnlyList<string>> ListedAsync(RunningApp app) => app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);

    private static async Task<bool> AllAreThereAsync(WorklistReader reader)
    {
        var shown = await Task.WhenAll(Enumerable.Range(1, Referrals).Select(number => reader.ShownAsync(List, Number(number), default)));
        return shown.All(one => one?.Version == 2);
    }

    private static Ubrn Number(int number) => Ubrn.FromSequence(number);

    private static WorklistChange Put(int number) => new(List, Number(number), 1, Entry(number, version: 1, Priority.Routine));

    // Half of the referrals leave the list, and the others move to another position.
    private static WorklistChange Second(int number) =>
        new(List, Number(number), 2, number % 2 == 0 ? Entry(number, version: 2, Priority.Urgent) : null);

    private static WorklistEntry Entry(int number, int version, Priority priority) =>
        WorklistEntry.From(Sample.ReferralAwaitingTriage(priority) with { Ubrn = Number(number) }) with { Version = version };
}
