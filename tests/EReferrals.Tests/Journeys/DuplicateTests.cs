using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;

namespace EReferrals.Tests.Journeys;

/// <summary>Two referrals of the same patient to the same service: both are accepted, both name the other, and no version changes.</summary>
[Collection(Journey.Name)]
public class DuplicateTests(SharedApp shared) : IAsyncLifetime
{
    private static int _organisations;

    private readonly RunningApp _app = shared.App;
    private readonly string _patient = InventedPatient.NhsNumber();
    private readonly Actor _practice = Sample.ReferringClinician with { Organisation = NewOrganisation() };
    private readonly Actor _otherPractice = Sample.ReferringClinician with { Organisation = NewOrganisation() };
    private readonly Actor _hospital = Sample.ProviderClinician with { Organisation = NewOrganisation() };
    private readonly Actor _otherHospital = Sample.ProviderClinician with { Organisation = NewOrganisation() };
    private string _here = "";
    private string _elsewhere = "";

    public async Task InitializeAsync()
    {
        _here = await _app.DefineServiceAsync(_hospital.Organisation);
        _elsewhere = await _app.DefineServiceAsync(_otherHospital.Organisation);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Two_referrals_of_one_patient_to_one_service_name_each_other_on_GET_and_on_the_lists_of_both_sides()
    {
        var first = await ReferAsync();
        await _app.SettleAsync();
        Assert.Equal("", await _app.NamedAsync(_practice, first));
        var second = await ReferAsync();
        await _app.SettleAsync();

        foreach (var (reader, list) in new[] { (_practice, Worklist.AwaitingBooking), (_hospital, Worklist.ReferralsForReview) })
        {
            Assert.Equal((second, first), (await _app.NamedAsync(reader, first), await _app.NamedAsync(reader, second)));
            Assert.Equal((second, first), (await _app.ListedNamesAsync(reader, list, first), await _app.ListedNamesAsync(reader, list, second)));
        }
    }

    [Fact]
    public async Task Referrals_of_two_practices_name_each_other()
    {
        var first = await ReferAsync();
        var second = await ReferAsync(practice: _otherPractice);
        await _app.SettleAsync();

        Assert.Equal((second, first), (await _app.NamedAsync(_practice, first), await _app.NamedAsync(_otherPractice, second)));
        Assert.Equal(first, await _app.ListedNamesAsync(_otherPractice, Worklist.AwaitingBooking, second));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task Concurrent_referrals_of_one_patient_all_name_each_other(int count)
    {
        var ubrns = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => ReferAsync()));
        await _app.SettleAsync();

        foreach (var ubrn in ubrns)
        {
            var others = ubrns.Where(other => other != ubrn).Order();
            Assert.Equal(others, (await _app.NamedAsync(_hospital, ubrn)).Split(' ').Order());
            Assert.Equal(others, (await _app.ListedNamesAsync(_practice, Worklist.AwaitingBooking, ubrn)).Split(' ').Order());
            Assert.Equal(others, (await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, ubrn)).Split(' ').Order());
        }
    }

    [Fact]
    public async Task A_command_on_the_version_read_before_the_duplicate_arrived_succeeds()
    {
        var first = await ReferAsync();
        await _app.SettleAsync();
        using var read = await _app.GetAsync(_practice, $"/v1/referrals/{first}");
        var second = await ReferAsync();
        await _app.SettleAsync();

        using var again = await _app.GetAsync(_practice, $"/v1/referrals/{first}", ("If-None-Match", read.Headers.ETag!.ToString()));
        using var accepted = await _app.CommandAsync(_hospital, first, "accept", [], version: 1);
        await _app.SettleAsync();

        Assert.Equal((200, "W/\"1\""), ((int)again.StatusCode, again.Headers.ETag!.ToString()));
        Assert.Equal((200, "W/\"2\""), ((int)accepted.StatusCode, accepted.Headers.ETag!.ToString()));
        Assert.Equal(second, await _app.ListedNamesAsync(_hospital, Worklist.AppointmentsForBooking, first));
        Assert.Equal(first, await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, second));
    }

    [Fact]
    public async Task A_duplicate_mark_appears_in_the_changes_of_the_list()
    {
        var first = await ReferAsync();
        await _app.SettleAsync();
        using var poll = await _app.GetAsync(_hospital, "/v1/worklists/REFERRALS_FOR_REVIEW?limit=1000");
        var page = await poll.JsonAsync();
        var second = await ReferAsync();
        await _app.SettleAsync();

        using var again = await _app.GetAsync(_hospital, "/v1/worklists/REFERRALS_FOR_REVIEW?limit=1000", ("If-None-Match", poll.Headers.ETag!.ToString()));
        using var feed = await _app.GetAsync(_hospital, $"/v1/worklists/REFERRALS_FOR_REVIEW/changes?limit=1000&since={page["changes"]}");

        Assert.Equal(200, (int)again.StatusCode);
        var change = Assert.Single((await feed.JsonAsync())["changes"]!.AsArray(), change => (string)change!["ubrn"]! == first)!;
        Assert.Equal(("PUT", 1, second), ((string)change["change"]!, (int)change["version"]!, DuplicateSteps.Names(change["entry"]!.AsObject())));
    }

    [Fact]
    public async Task A_repeated_submission_is_not_a_duplicate_of_itself()
    {
        var key = Guid.NewGuid().ToString();
        var ubrn = await ReferAsync(key: key);
        await _app.SettleAsync();
        Assert.Equal(ubrn, await ReferAsync(key: key));
        await _app.SettleAsync();

        Assert.Equal("", await _app.NamedAsync(_practice, ubrn));
        Assert.Equal("", await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, ubrn));
    }

    [Fact]
    public async Task A_referral_of_another_patient_or_to_another_service_or_one_that_has_ended_is_not_a_duplicate()
    {
        var ended = await ReferAsync();
        await _app.SettleAsync();
        await CommandAsync(_practice, ended, "cancel", new() { ["reason"] = "PATIENT_DIED" });
        var ubrn = await ReferAsync();
        await ReferAsync(service: _elsewhere);
        await ReferAsync(patient: InventedPatient.NhsNumber());
        await _app.SettleAsync();

        Assert.Equal(("", ""), (await _app.NamedAsync(_practice, ubrn), await _app.NamedAsync(_practice, ended)));
        Assert.Equal("", await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, ubrn));
    }

    [Fact]
    public async Task A_cancelled_referral_is_no_longer_named_as_a_duplicate()
    {
        var (first, second) = await TwoAsync();
        await CommandAsync(_practice, first, "cancel", new() { ["reason"] = "PATIENT_DIED" });

        Assert.Equal(("", ""), (await _app.NamedAsync(_practice, first), await _app.NamedAsync(_practice, second)));
        Assert.Equal("", await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, second));
        Assert.Equal("", await _app.ListedNamesAsync(_practice, Worklist.AwaitingBooking, second));
    }

    [Fact]
    public async Task A_returned_referral_is_named_as_a_duplicate_until_its_referrer_has_dealt_with_it()
    {
        var (first, second) = await TwoAsync();
        await CommandAsync(_hospital, first, "return", new() { ["comments"] = "Statins first" });
        Assert.Equal(first, await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, second));
        Assert.Equal(second, await _app.ListedNamesAsync(_practice, Worklist.RejectedTriageResponse, first));
        await CommandAsync(_practice, first, "acknowledge", [], version: 2);

        Assert.Equal("", await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, second));
    }

    [Fact]
    public async Task A_redirected_referral_is_named_at_the_new_service_and_no_longer_at_the_old()
    {
        var (first, second) = await TwoAsync();
        var elsewhere = await ReferAsync(service: _elsewhere);
        await _app.SettleAsync();
        await CommandAsync(_hospital, second, "return", new() { ["comments"] = "Not for us" });
        await CommandAsync(_practice, second, "redirect", new() { ["service"] = _elsewhere }, version: 2);

        Assert.Equal("", await _app.NamedAsync(_practice, first));
        Assert.Equal("", await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, first));
        Assert.Equal((elsewhere, second), (await _app.NamedAsync(_otherHospital, second), await _app.NamedAsync(_otherHospital, elsewhere)));
        Assert.Equal(second, await _app.ListedNamesAsync(_otherHospital, Worklist.ReferralsForReview, elsewhere));
        Assert.Equal(elsewhere, await _app.ListedNamesAsync(_practice, Worklist.AwaitingBooking, second));
        using var former = await _app.GetAsync(_hospital, $"/v1/referrals/{second}");
        Assert.Equal(200, (int)former.StatusCode);
        Assert.Null((await former.JsonAsync())["possibleDuplicates"]);
    }

    [Fact]
    public async Task A_referral_corrected_to_another_patient_names_the_duplicates_of_that_patient_only()
    {
        var other = InventedPatient.NhsNumber();
        var (first, second) = await TwoAsync();
        var ofOtherPatient = await ReferAsync(patient: other);
        await _app.SettleAsync();
        await CommandAsync(_practice, second, "patient", new() { ["nhsNumber"] = other, ["reason"] = "The sister's number" });

        Assert.Equal("", await _app.NamedAsync(_practice, first));
        Assert.Equal("", await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, first));
        Assert.Equal((ofOtherPatient, second), (await _app.NamedAsync(_practice, second), await _app.NamedAsync(_practice, ofOtherPatient)));
        Assert.Equal(ofOtherPatient, await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, second));
        Assert.Equal(second, await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, ofOtherPatient));
    }

    [Fact]
    public async Task At_most_twenty_possible_duplicates_are_named()
    {
        for (var number = 0; number < OpenReferrals.Most; number++) await ReferAsync();
        await _app.SettleAsync();
        var oneMore = await ReferAsync();
        await _app.SettleAsync();

        Assert.Equal(OpenReferrals.Most - 1, (await _app.NamedAsync(_hospital, oneMore)).Split(' ').Length);
        Assert.Equal(
            await _app.NamedAsync(_hospital, oneMore), await _app.ListedNamesAsync(_hospital, Worklist.ReferralsForReview, oneMore));
    }

    [Fact]
    public async Task Print_and_export_show_possible_duplicates()
    {
        var (first, second) = await TwoAsync();
        var shown = $"{second[..4]} {second[4..8]} {second[8..]}";
        using var print = await _app.GetAsync(_hospital, "/v1/worklists/REFERRALS_FOR_REVIEW/print");
        using var export = await _app.GetAsync(_hospital, "/v1/worklists/REFERRALS_FOR_REVIEW/export.csv");

        Assert.Contains($"POSSIBLE DUPLICATE OF</b> {shown.Replace(" ", "&nbsp;", StringComparison.Ordinal)}", await print.Content.ReadAsStringAsync());
        Assert.Contains(
            (await export.Content.ReadAsStringAsync()).Split("\r\n"),
            line => line.StartsWith(first, StringComparison.Ordinal) && line.EndsWith($",{shown},,{_hospital.Organisation}", StringComparison.Ordinal));
    }

    private async Task<(string First, string Second)> TwoAsync()
    {
        var first = await ReferAsync();
        await _app.SettleAsync();
        var second = await ReferAsync();
        await _app.SettleAsync();
        return (first, second);
    }

    private static string NewOrganisation() => $"N{Interlocked.Increment(ref _organisations):D4}";

    private Task<string> ReferAsync(string? service = null, string? patient = null, Actor? practice = null, string? key = null) =>
        _app.SubmitAsync(practice ?? _practice, DuplicateSteps.Referring(patient ?? _patient, service ?? _here), key);

    private async Task CommandAsync(Actor actor, string ubrn, string command, JsonObject body, int version = 1)
    {
        using var done = await _app.CommandAsync(actor, ubrn, command, body, version);
        Assert.Equal((200, command), ((int)done.StatusCode, command));
        await _app.SettleAsync();
    }
}
