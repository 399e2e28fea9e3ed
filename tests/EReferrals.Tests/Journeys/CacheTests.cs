using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Journeys;

/// <summary>A client with roles at two hospitals behind an ordinary cache never receives one hospital's patients as the other's.</summary>
[Collection(Journey.Name)]
public class CacheTests(SharedApp shared)
{
    private static readonly string[] Caller = ["Authorization", "NHSD-End-User-Organisation-ODS", "NHSD-eRS-Business-Function"];

    private static readonly string[] Forms =
    [
        "", "?limit=7", "?service=50001", "?specialty=CARDIOLOGY", "?priority=URGENT", "?clinician=021600556514", "/print", "/print?service=50001",
        "/export.csv", "/export.csv?priority=URGENT",
    ];

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task Every_response_that_depends_on_the_caller_varies_on_the_caller_headers()
    {
        foreach (var operation in EveryRoute.OfCallers)
        {
            var body = operation.Method() == HttpMethod.Get ? null : new JsonObject();
            using var answer = await _app.SendAsync(operation.Caller(), operation.Method(), operation.Address(), body);
            using var anonymous = new HttpRequestMessage(operation.Method(), operation.Address());
            using var refused = await _app.Http.SendAsync(anonymous);

            Assert.All([answer, refused], each => Assert.Equal(Caller, VaryOf(each).Except(["Accept"])));
            Assert.Equal(401, (int)refused.StatusCode);
        }
    }

    [Fact]
    public async Task A_public_response_does_not_vary_on_the_caller()
    {
        foreach (var operation in EveryRoute.Operations.Where(operation => operation.Roles.Count == 0))
        {
            using var answer = await _app.Http.GetAsync(new Uri(operation.Address(), UriKind.Relative));

            Assert.DoesNotContain("Authorization", VaryOf(answer));
        }
    }

    [Fact]
    public async Task Lists_of_the_same_version_and_forms_of_one_list_have_different_entity_tags()
    {
        var tags = new List<string>();
        foreach (var reader in await HospitalsAsync("RHA", "RHB"))
        {
            foreach (var list in WorklistRules.ProviderLists)
            {
                foreach (var form in Forms) tags.Add(await TagAsync(reader, $"/v1/worklists/{Code.From(list)}{form}"));
            }
        }

        Assert.Equal(tags.Distinct(), tags);
        Assert.Equal(2 * 3 * Forms.Length, tags.Count);
    }

    [Fact]
    public async Task A_hospitals_entity_tag_gets_a_304_for_its_own_list_only_and_the_304_varies_on_the_caller()
    {
        var (one, other) = (await HospitalsAsync("RHC", "RHD")) switch
        {
            [var first, var second] => (first, second),
            _ => throw new InvalidOperationException(),
        };
        const string List = "/v1/worklists/REFERRALS_FOR_REVIEW";
        var feeds = new[] { List, $"{List}/changes?since={await ChangesAsync(one, List)}" };
        foreach (var (address, ofOther) in new[] { (feeds[0], List), (feeds[1], $"{List}/changes?since={await ChangesAsync(other, List)}") })
        {
            var tag = await TagAsync(one, address);
            using var ofSameHospital = await _app.GetAsync(one, address, ("If-None-Match", tag));
            using var ofOtherHospital = await _app.GetAsync(other, ofOther, ("If-None-Match", tag));

            Assert.Equal((304, 200), ((int)ofSameHospital.StatusCode, (int)ofOtherHospital.StatusCode));
            Assert.Equal(Caller, VaryOf(ofSameHospital));
            Assert.Equal(
                (tag, true, true),
                (ofSameHospital.Headers.ETag!.ToString(), ofSameHospital.Headers.CacheControl!.Private, ofSameHospital.Headers.CacheControl.MustRevalidate));
            Assert.NotEqual(tag, ofOtherHospital.Headers.ETag!.ToString());
        }
    }

    [Fact]
    public async Task The_304_of_a_service_and_of_a_file_varies_on_the_caller()
    {
        var id = await _app.UploadedAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        foreach (var address in new[] { "/v1/services/50001", $"/v1/attachments/{id}" })
        {
            using var unchanged = await _app.GetAsync(
                Sample.ReferringClinician, address, ("If-None-Match", await TagAsync(Sample.ReferringClinician, address)));

            Assert.Equal(304, (int)unchanged.StatusCode);
            Assert.Equal(Caller, VaryOf(unchanged));
        }
    }

    [Fact]
    public async Task A_cursor_of_one_query_is_rejected_by_every_other_query()
    {
        var reader = Sample.ProviderClinician with { Organisation = "RHE" };
        await HospitalsAsync("RHE", "RHF");
        await PutAsync(new WorklistName("RHE", Worklist.ReferralsForReview), Ubrn.FromSequence(77_001));
        using var first = await _app.GetAsync(reader, "/v1/worklists/REFERRALS_FOR_REVIEW?limit=1");
        var page = await first.JsonAsync();
        var (next, changes) = ((string)page["next"]!, (string)page["changes"]!);
        (Actor, string)[] others =
        [
            (reader with { Organisation = "RHF" }, $"/v1/worklists/REFERRALS_FOR_REVIEW?cursor={next}"),
            (reader with { Organisation = "RHF" }, $"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={changes}"),
            (reader, $"/v1/worklists/APPOINTMENT_SLOT_ISSUES?cursor={next}"),
            (reader, $"/v1/worklists/APPOINTMENT_SLOT_ISSUES/changes?since={changes}"),
            (reader, $"/v1/worklists/REFERRALS_FOR_REVIEW?priority=URGENT&cursor={next}"),
            (reader, $"/v1/worklists/REFERRALS_FOR_REVIEW?cursor={changes}"),
            (reader, $"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={next}"),
            (reader, $"/v1/services?cursor={next}"),
            (Sample.Operator, $"/v1/operations/dead-letters?cursor={next}"),
        ];
        foreach (var (actor, address) in others)
        {
            using var refused = await _app.GetAsync(actor, address);
            Assert.EndsWith("INVALID_VALUE", Problems.In(await refused.ProblemAsync(400)).Single(), StringComparison.Ordinal);
        }

        using var second = await _app.GetAsync(reader, $"/v1/worklists/REFERRALS_FOR_REVIEW?limit=5&cursor={next}");
        Assert.Single((await second.JsonAsync())["entries"]!.AsArray());
    }

    // Each hospital has one patient, so that their lists have the same versions.
    private async Task<IReadOnlyList<Actor>> HospitalsAsync(params string[] organisations)
    {
        foreach (var list in organisations.SelectMany(organisation => WorklistRules.ProviderLists.Select(list => new WorklistName(organisation, list))))
        {
            await PutAsync(list, Ubrn.FromSequence(77_000));
        }

        return [.. organisations.Select(organisation => Sample.ProviderClinician with { Organisation = organisation })];
    }

    private async Task PutAsync(WorklistName list, Ubrn ubrn)
    {
        var referral = Sample.ReferralAwaitingTriage() with { Ubrn = ubrn };
        await _app.Services.GetRequiredService<WorklistProjector>().ApplyAsync(
            list, [new WorklistChange(list, ubrn, referral.Version, WorklistEntry.From(referral))], default);
    }

    private async Task<string> TagAsync(Actor reader, string address)
    {
        using var answer = await _app.GetAsync(reader, address);
        Assert.Equal(200, (int)answer.StatusCode);
        return answer.Headers.ETag!.ToString();
    }

    private async Task<string> ChangesAsync(Actor reader, string list)
    {
        using var answer = await _app.GetAsync(reader, list);
        return (await answer.JsonAsync())["changes"]!.GetValue<string>();
    }

    private static HttpHeaderValueCollection<string> VaryOf(HttpResponseMessage answer) => answer.Headers.Vary;
}
