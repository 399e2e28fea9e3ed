using System.Text.Json.Nodes;
using EReferrals.Referrals;

namespace EReferrals.Tests.Journeys;

/// <summary>The same patient at the same service twice: nobody is refused, and both say so.</summary>
[Collection(Journey.Name)]
public class DuplicateTests(SharedApp shared)
{
    private const string OtherService = "51002";

    private static readonly Actor OtherPractice = Some.ReferringClinician with { Organisation = "A82001" };

    private readonly RunningApp _app = shared.App;
    private readonly string _patient = InventedPatient.NhsNumber();

    [Fact]
    public async Task Two_referrals_of_a_patient_to_a_service_name_each_other_on_GET_and_on_the_lists_of_both_sides()
    {
        var first = await SubmitAsync();
        var second = await SubmitAsync();
        await _app.SettleAsync();

        foreach (var (reader, list) in new[] { (Some.ReferringClinician, Worklist.AwaitingBooking), (Some.ProviderClinician, Worklist.ReferralsForReview) })
        {
            Assert.Equal(($"- [{second}]", $"{first} [{first}]"), (await MarkAsync(reader, first), await MarkAsync(reader, second)));
            Assert.Equal(($"- [{second}]", $"{first} [{first}]"), (await ListedMarkAsync(reader, list, first), await ListedMarkAsync(reader, list, second)));
        }
    }

    [Fact]
    public async Task Referrals_that_are_processed_at_the_same_time_all_name_all_others()
    {
        var ubrns = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SubmitAsync()));
        await _app.SettleAsync();

        foreach (var ubrn in ubrns) Assert.Equal(ubrns.Where(other => other != ubrn).Order(), (await OthersAsync(Some.ProviderClinician, ubrn)).Order());
    }

    [Fact]
    public async Task A_submission_that_is_repeated_is_no_duplicate_of_itself()
    {
        var key = Guid.NewGuid().ToString();
        var ubrn = await SubmitAsync(key: key);
        await _app.SettleAsync();
        Assert.Equal(ubrn, await SubmitAsync(key: key));
        await _app.SettleAsync();

        Assert.Equal("none", await MarkAsync(Some.ReferringClinician, ubrn));
    }

    [Fact]
    public async Task Another_patient_and_another_service_are_no_duplicate()
    {
        var ubrn = await SubmitAsync();
        await SubmitAsync(service: OtherService);
        await _app.SubmitAsync(Some.ReferringClinician);
        await _app.SettleAsync();

        Assert.Equal("none", await MarkAsync(Some.ReferringClinician, ubrn));
    }

    [Fact]
    public async Task When_one_is_cancelled_neither_says_so_any_more()
    {
        var (first, second) = await TwoAsync();
        await CommandAsync(Some.ReferringClinician, first, "cancel", new() { ["reason"] = "PATIENT_DIED" });

        Assert.Equal(("none", "none"), (await MarkAsync(Some.ReferringClinician, first), await MarkAsync(Some.ReferringClinician, second)));
        Assert.Equal("none", await ListedMarkAsync(Some.ProviderClinician, Worklist.ReferralsForReview, second));
    }

    [Fact]
    public async Task A_referral_that_is_sent_elsewhere_is_a_duplicate_there_and_no_more_where_it_was()
    {
        var (first, second) = await TwoAsync();
        var elsewhere = await SubmitAsync(service: OtherService);
        await CommandAsync(Some.ProviderClinician, second, "return", new() { ["comments"] = "Not for us" });
        await CommandAsync(Some.ReferringClinician, second, "redirect", new() { ["service"] = OtherService });

        Assert.Equal("none", await MarkAsync(Some.ReferringClinician, first));
        Assert.Equal($"- [{elsewhere}]", await MarkAsync(Some.ReferringClinician, second));
        Assert.Equal($"{second} [{second}]", await MarkAsync(Some.ReferringClinician, elsewhere));
    }

    [Fact]
    public async Task Corrected_to_another_patient_it_is_a_duplicate_of_that_patients_referral_only()
    {
        var other = InventedPatient.NhsNumber();
        var (first, second) = await TwoAsync();
        var theirs = await SubmitAsync(patient: other);
        await CommandAsync(Some.ReferringClinician, second, "patient", new() { ["nhsNumber"] = other, ["reason"] = "The sister's number" });

        Assert.Equal("none", await MarkAsync(Some.ReferringClinician, first));
        Assert.Equal($"- [{theirs}]", await MarkAsync(Some.ReferringClinician, second));
        Assert.Equal($"{second} [{second}]", await MarkAsync(Some.ReferringClinician, theirs));
    }

    [Fact]
    public async Task A_practice_is_not_told_the_number_of_another_practice_and_the_hospital_is()
    {
        var ours = await SubmitAsync();
        var theirs = await SubmitAsync(practice: OtherPractice);
        await _app.SettleAsync();

        Assert.Equal(("- []", "- []"), (await MarkAsync(Some.ReferringClinician, ours), await MarkAsync(OtherPractice, theirs)));
        Assert.Equal("- []", await ListedMarkAsync(OtherPractice, Worklist.AwaitingBooking, theirs));
        Assert.Equal(($"- [{theirs}]", $"{ours} [{ours}]"), (await MarkAsync(Some.ProviderClinician, ours), await MarkAsync(Some.ProviderClinician, theirs)));
        foreach (var form in new[] { "print", "print?sheets=true", "export.csv" })
        {
            using var shown = await _app.GetAsync(OtherPractice, $"/v1/worklists/AWAITING_BOOKING/{form}");
            var text = (await shown.Content.ReadAsStringAsync()).Replace("&nbsp;", " ", StringComparison.Ordinal);
            Assert.Equal((200, form), ((int)shown.StatusCode, form));
            Assert.Contains($"{theirs[..4]} {theirs[4..8]} {theirs[8..]}", text);
            Assert.DoesNotContain(ours, text);
            Assert.DoesNotContain($"{ours[..4]} {ours[4..8]} {ours[8..]}", text);
        }
    }

    private async Task<(string First, string Second)> TwoAsync()
    {
        var two = (await SubmitAsync(), await SubmitAsync());
        await _app.SettleAsync();
        return two;
    }

    private async Task<string> SubmitAsync(string service = Some.Service, string? patient = null, Actor? practice = null, string? key = null)
    {
        var submission = JourneySteps.Submission(service: service);
        submission["patient"]!["nhsNumber"] = patient ?? _patient;
        submission["letter"] = "NOT_INTENDING_TO_ADD";
        return await _app.SubmitAsync(practice ?? Some.ReferringClinician, submission, key);
    }

    private async Task CommandAsync(Actor actor, string ubrn, string command, JsonObject body)
    {
        await _app.SettleAsync();
        using var read = await _app.GetAsync(actor, $"/v1/referrals/{ubrn}");
        using var done = await _app.PostAsync(actor, $"/v1/referrals/{ubrn}/{command}", body, ("If-Match", read.Headers.ETag!.ToString()));
        Assert.Equal((200, command), ((int)done.StatusCode, command));
        await _app.SettleAsync();
    }

    private async Task<IEnumerable<string>> OthersAsync(Actor reader, string ubrn)
    {
        using var read = await _app.GetAsync(reader, $"/v1/referrals/{ubrn}");
        return ((await read.JsonAsync())["possibleDuplicates"]?.AsArray() ?? []).Select(other => (string)other!);
    }

    private async Task<string> MarkAsync(Actor reader, string ubrn)
    {
        using var read = await _app.GetAsync(reader, $"/v1/referrals/{ubrn}");
        return MarkOf(await read.JsonAsync());
    }

    private async Task<string> ListedMarkAsync(Actor reader, Worklist list, string ubrn)
    {
        for (string? cursor = null; ;)
        {
            using var response = await _app.GetAsync(reader, $"/v1/worklists/{Code.Of(list)}?limit=1000{(cursor is null ? "" : $"&cursor={cursor}")}");
            var page = await response.JsonAsync();
            if (page["entries"]!.AsArray().FirstOrDefault(entry => (string)entry!["ubrn"]! == ubrn) is JsonObject found) return MarkOf(found);
            cursor = page["next"]?.GetValue<string>();
            Assert.NotNull(cursor);
        }
    }

    // "none", or what it is a duplicate of and all others.
    private static string MarkOf(JsonObject shown) => shown["possibleDuplicates"] is JsonArray others
        ? $"{(string?)shown["duplicateOf"] ?? "-"} [{string.Join(' ', others.Select(other => (string)other!))}]"
        : "none";
}
