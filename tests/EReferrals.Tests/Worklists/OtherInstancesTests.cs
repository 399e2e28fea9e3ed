using System.Net;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Tests.Journeys;
using EReferrals.Worklists.Reading;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Worklists;

/// <summary>Another instance changes the list. This instance learns of new versions only by reading them and caches a version for up to one second.</summary>
[Collection(Journey.Name)]
public class OtherInstancesTests(SharedApp shared)
{
    private const int Changes = 300;
    private const string ForReview = "/v1/worklists/REFERRALS_FOR_REVIEW";

    private CursorKeys Keys => shared.App.Services.GetRequiredService<CursorKeys>();

    private WorklistProjector Projector => shared.App.Services.GetRequiredService<WorklistProjector>();

    [Fact]
    public async Task A_client_that_reads_changes_as_fast_as_they_come_is_never_told_to_reread_the_list()
    {
        var (list, reader) = Hospital("RAX");
        var cursor = new ChangesCursor(list, 0, 0, DateTimeOffset.UtcNow).Sign(Keys);
        var seen = new List<string>();

        var writing = Task.Run(async () =>
        {
            for (var number = 1; number <= Changes; number++) await PutAsync(list, number);
        });
        while (seen.Count < Changes)
        {
            using var response = await shared.App.GetAsync(reader, $"{ForReview}/changes?since={cursor}");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var page = await response.JsonAsync();
            seen.AddRange(page["changes"]!.AsArray().Select(change => change!["ubrn"]!.GetValue<string>()));
            cursor = page["next"]!.GetValue<string>();
        }

        await writing;
        Assert.Equal(Enumerable.Range(1, Changes).Select(number => Ubrn.FromSequence(number).ToString()), seen);
    }

    [Fact]
    public async Task A_later_page_is_consistent_with_the_first_page_that_another_instance_returned()
    {
        var (list, reader) = Hospital("RAY");
        for (var number = 1; number <= 3; number++) await PutAsync(list, number);
        using var first = await shared.App.GetAsync(reader, $"{ForReview}?limit=2");
        var next = ListCursor.Parse((await first.JsonAsync())["next"]!.GetValue<string>(), Keys, list, WorklistFilter.None)!;
        // This instance has cached the second page and does not check for a newer version for one second.
        using (await shared.App.GetAsync(reader, $"{ForReview}?limit=2&cursor={next.Sign(Keys)}")) await PutAsync(list, 4);
        var ofOther = next with { Changes = next.Changes with { Version = next.Changes.Version + 1 } };

        using var second = await shared.App.GetAsync(reader, $"{ForReview}?limit=2&cursor={ofOther.Sign(Keys)}");

        var page = await second.JsonAsync();
        Assert.Equal(
            [Ubrn.FromSequence(3).ToString(), Ubrn.FromSequence(4).ToString()], page["entries"]!.AsArray().Select(entry => entry!["ubrn"]!.GetValue<string>()));
        Assert.Equal(ofOther.Changes.Sign(Keys), page["changes"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_reader_with_a_newer_list_from_another_instance_is_not_shown_an_older_one()
    {
        var (list, reader) = Hospital("RAZ");
        await PutAsync(list, 1);
        using var first = await shared.App.GetAsync(reader, ForReview);
        await PutAsync(list, 2);
        // The other instance signs its tags with the same keys.
        var shown = Representation.Signed(Keys, list.ToString(), "page", null, null, null, null, $"{WorklistQuery.DefaultLimit}", null);
        Assert.Equal(shown.TagAt(1), first.Headers.ETag!.ToString());
        var ofOther = shown.TagAt(2);

        using var polled = await shared.App.GetAsync(reader, ForReview, ("If-None-Match", ofOther));

        Assert.Equal(HttpStatusCode.NotModified, polled.StatusCode);
    }

    private static (WorklistName List, Actor Reader) Hospital(string organisation) =>
        (new WorklistName(organisation, Worklist.ReferralsForReview), Sample.ProviderClinician with { Organisation = organisation });

    private async Task PutAsync(WorklistName list, int number)
    {
        var referral = Sample.ReferralAwaitingTriage() with { Ubrn = Ubrn.FromSequence(number) };
        await Projector.ApplyAsync(list, [new WorklistChange(list, referral.Ubrn, referral.Version, WorklistEntry.From(referral))], default);
    }
}
