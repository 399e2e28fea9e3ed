using System.Net;
using EReferrals.Referrals;
using EReferrals.Storage;
using EReferrals.Tests.Journeys;
using EReferrals.Worklists;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Worklists;

/// <summary>Another instance changes the list: this one hears of its versions only by asking, and its idea of them is up to a second old.</summary>
[Collection(Journey.Name)]
public class ChangesRaceTests(SharedApp shared)
{
    private const int Changes = 300;

    private static readonly WorklistName List = new("RAX", Worklist.ReferralsForReview);
    private static readonly Actor Reader = Some.ProviderClinician with { Organisation = "RAX" };

    [Fact]
    public async Task A_reader_as_quick_as_the_list_is_never_told_to_read_it_again()
    {
        var cursor = new ChangesCursor(0, 0, DateTimeOffset.UtcNow).ToString();
        var seen = new List<string>();

        var writing = Task.Run(WriteAsync);
        while (seen.Count < Changes)
        {
            using var response = await shared.App.GetAsync(Reader, $"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={cursor}");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var page = await response.JsonAsync();
            seen.AddRange(page["changes"]!.AsArray().Select(change => change!["ubrn"]!.GetValue<string>()));
            cursor = page["next"]!.GetValue<string>();
        }

        await writing;
        Assert.Equal(Enumerable.Range(1, Changes).Select(number => Ubrn.FromSequence(number).ToString()), seen);
    }

    private async Task WriteAsync()
    {
        var table = shared.App.Services.GetRequiredService<WorklistTable>();
        for (var number = 1; number <= Changes; number++)
        {
            var referral = Some.ReferralAwaitingTriage() with { Ubrn = Ubrn.FromSequence(number) };
            await table.ApplyAsync(List, [new WorklistChange(List, referral.Ubrn, referral.Version, WorklistEntry.Of(referral))], default);
        }
    }
}
