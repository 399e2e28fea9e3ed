using EReferrals.Overload;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Telemetry;
using EReferrals.Tests.Ers;
using EReferrals.Tests.Journeys;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Overload;

public sealed class LargeAnswersTests(SharedApp shared) : IClassFixture<SharedApp>
{
    // Enough entries to need the gate.
    private const int Entries = (int)(LargeAnswers.Least / LargeAnswers.EntryOfPage) + 1;
    private const string List = "/v1/worklists/REFERRALS_FOR_REVIEW";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public void Answers_that_together_need_too_much_are_never_made_at_once() =>
        Prop.ForAll(Gen.ListOf(Gen.Choose(1, 100)).ToArbitrary(), megabytes =>
        {
            using var telemetry = new ServiceTelemetry();
            var gate = new LargeAnswers(telemetry);
            var inside = megabytes.Select(each => each * 1024L * 1024).Where(bytes => gate.TryEnter(bytes) is not null).Sum();
            return inside <= LargeAnswers.Most && (megabytes.Count == 0 || inside > 0);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_largest_answer_is_made_when_no_other_is()
    {
        using var telemetry = new ServiceTelemetry();
        var gate = new LargeAnswers(telemetry);

        using (Assert.IsAssignableFrom<IDisposable>(gate.TryEnter(10 * LargeAnswers.Most))) Assert.Null(gate.TryEnter(1));

        Assert.NotNull(gate.TryEnter(LargeAnswers.Most));
    }

    [Fact]
    public async Task Work_that_no_caller_waits_for_waits_for_room()
    {
        using var telemetry = new ServiceTelemetry();
        var gate = new LargeAnswers(telemetry);
        var first = gate.TryEnter(LargeAnswers.Most)!;
        var second = gate.EnterAsync(LargeAnswers.Pack, CancellationToken.None);

        Assert.False(second.IsCompleted);
        first.Dispose();
        using var place = await second.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("?limit=1000")]
    [InlineData("/export.csv")]
    [InlineData("/print")]
    [InlineData("/print?sheets=true")]
    public async Task Long_lists_have_one_gate_for_pages_exports_and_prints_and_leave_it_when_they_are_answered(string answer)
    {
        var reader = await HospitalAsync();
        var gate = _app.Services.GetRequiredService<LargeAnswers>();
        HttpResponseMessage refused;
        using (gate.TryEnter(LargeAnswers.Most)) refused = await _app.GetAsync(reader, List + answer);
        using var response = refused;
        using var made = await _app.GetAsync(reader, List + answer);
        using var all = gate.TryEnter(LargeAnswers.Most);

        Assert.Equal((503, 200), ((int)refused.StatusCode, (int)made.StatusCode));
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.NotNull(all);
    }

    [Fact]
    public async Task A_large_file_has_its_place_among_the_large_answers_at_both_doors()
    {
        var gate = _app.Services.GetRequiredService<LargeAnswers>();
        var id = await _app.AvailableAsync(Sample.ReferringClinician, new string('a', (int)LargeAnswers.Least / 2));
        string[] addresses = [$"/v1/attachments/{id}", $"{ErsSteps.Stu3}Binary/{id}", $"{ErsSteps.R4}Binary/{id}"];
        foreach (var address in addresses)
        {
            HttpResponseMessage refused;
            using (gate.TryEnter(LargeAnswers.Most)) refused = await _app.GetAsync(Sample.ReferringClinician, address);
            using var response = refused;
            using var made = await _app.GetAsync(Sample.ReferringClinician, address);

            Assert.Equal((503, 200), ((int)refused.StatusCode, (int)made.StatusCode));
        }

        using var all = gate.TryEnter(LargeAnswers.Most);
        Assert.NotNull(all);
    }

    [Fact]
    public async Task A_big_page_of_changes_needs_room_and_a_small_one_does_not()
    {
        using var list = await _app.GetAsync(Sample.ProviderClinician, List);
        var changes = $"{List}/changes?since={(await list.JsonAsync())["changes"]}";
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        using var full = _app.Services.GetRequiredService<LargeAnswers>().TryEnter(LargeAnswers.Most);

        using var big = await _app.GetAsync(Sample.ProviderClinician, $"{changes}&limit=1000");
        using var small = await _app.GetAsync(Sample.ProviderClinician, $"{changes}&limit=100");

        Assert.Equal((503, 200), ((int)big.StatusCode, (int)small.StatusCode));
    }

    [Theory]
    [InlineData("/v1/services?limit=1000", "/v1/services?limit=100")]
    [InlineData($"/v1/services/{Sample.Service}/slots?limit=1000", $"/v1/services/{Sample.Service}/slots?limit=100")]
    public async Task A_big_page_of_services_or_slots_needs_room_and_a_small_one_does_not(string bigPage, string smallPage)
    {
        using var full = _app.Services.GetRequiredService<LargeAnswers>().TryEnter(LargeAnswers.Most);

        using var big = await _app.GetAsync(Sample.ProviderClinician, bigPage);
        using var small = await _app.GetAsync(Sample.ProviderClinician, smallPage);

        Assert.Equal((503, 200), ((int)big.StatusCode, (int)small.StatusCode));
    }

    [Fact]
    public async Task A_cached_list_of_the_e_RS_API_needs_room_for_the_bytes_that_are_sent()
    {
        var reader = await HospitalAsync("RBY", entries: 500);
        await _app.ErsListAsync(reader, "REFERRALS_FOR_REVIEW");
        using var full = _app.Services.GetRequiredService<LargeAnswers>().TryEnter(LargeAnswers.Most);

        using var plain = await FetchAsync(reader);
        using var compressed = await FetchAsync(reader, ("Accept-Encoding", "gzip"));

        Assert.Equal((503, 200), ((int)plain.StatusCode, (int)compressed.StatusCode));

        Task<HttpResponseMessage> FetchAsync(EReferrals.Referrals.Organisations.Actor by, params (string, string)[] headers) => _app.FhirAsync(
            by, HttpMethod.Post, ErsSteps.Stu3 + "ReferralRequest/$ers.fetchworklist", ErsSteps.ListRequest("REFERRALS_FOR_REVIEW"), headers);
    }

    [Fact]
    public async Task A_short_page_of_a_long_list_needs_no_room()
    {
        var reader = await HospitalAsync();
        using var full = _app.Services.GetRequiredService<LargeAnswers>().TryEnter(LargeAnswers.Most);

        using var page = await _app.GetAsync(reader, $"{List}?limit=50");

        Assert.Equal(200, (int)page.StatusCode);
    }

    private async Task<EReferrals.Referrals.Organisations.Actor> HospitalAsync(string hospital = "RBZ", int entries = Entries)
    {
        var list = new WorklistName(hospital, Worklist.ReferralsForReview);
        var changes = Enumerable.Range(1, entries).Select(number => Sample.ReferralAwaitingTriage() with { Ubrn = Ubrn.FromSequence(number) })
            .Select(referral => new WorklistChange(list, referral.Ubrn, referral.Version, WorklistEntry.From(referral)));
        foreach (var chunk in changes.Chunk(25)) await _app.Services.GetRequiredService<WorklistProjector>().ApplyAsync(list, chunk, default);
        return Sample.ProviderClinician with { Organisation = list.Organisation };
    }
}
