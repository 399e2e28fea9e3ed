using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Ers;

namespace EReferrals.Tests.Journeys;

/// <summary>What a hospital reads of a referral that was redirected away from it, at both APIs.</summary>
[Collection(Journey.Name)]
public class PastProviderTests(SharedApp shared)
{
    private const string Later = "Only for the next hospital";

    private readonly RunningApp _app = shared.App;
    private readonly string _reported = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
    private readonly Actor _past = Sample.ProviderClinician;
    private readonly Actor _next = Sample.ProviderClinician with { Organisation = "RCD" };

    [Fact]
    public async Task A_past_provider_reads_the_last_version_that_it_was_sent_and_nothing_that_came_later()
    {
        var (ubrn, own, later) = await RedirectedAsync();
        foreach (var reader in new[] { _past, ErsSteps.Application })
        {
            using var referral = await _app.GetAsync(reader, $"/v1/referrals/{ubrn}");
            var text = await referral.Content.ReadAsStringAsync();
            var view = JsonNode.Parse(text)!;
            Assert.Equal((200, "W/\"2\""), ((int)referral.StatusCode, referral.Headers.ETag!.ToString()));
            Assert.Equal((2, "TRIAGE_RESPONSE", true), ((int)view["version"]!, (string)view["state"]!, (bool)view["past"]!));
            Assert.Equal((Sample.Service, own), ((string)view["service"]!["id"]!, (string)view["attachments"]!.AsArray().Single()!["id"]!));
            Assert.Null(view["due"]);
            AssertNothingLater(text, later);

            using var history = await _app.GetAsync(reader, $"/v1/referrals/{ubrn}/history");
            var versions = await history.Content.ReadAsStringAsync();
            Assert.Equal([1, 2], JsonNode.Parse(versions)!["versions"]!.AsArray().Select(version => (int)version!["version"]!));
            AssertNothingLater(versions, later);

            Assert.Equal((200, 403), (await StatusAsync(reader, $"/v1/attachments/{own}"), await StatusAsync(reader, $"/v1/attachments/{later}")));
            Assert.Equal(
                (200, 403), (await StatusAsync(reader, $"/v1/attachments/{own}/status"), await StatusAsync(reader, $"/v1/attachments/{later}/status")));
        }

        using var present = await _app.GetAsync(_next, $"/v1/referrals/{ubrn}");
        Assert.Equal(("W/\"6\"", null), (present.Headers.ETag!.ToString(), (await present.JsonAsync())["past"]));
    }

    [Fact]
    public async Task A_past_provider_does_not_learn_the_present_version_from_a_faulty_command()
    {
        var (ubrn, _, _) = await RedirectedAsync();
        foreach (var version in new[] { 2, 6 })
        {
            using var faulty = await _app.OperateAsync(_past, ubrn, "acceptReferral", new JsonObject(), version);
            await faulty.AssertCodesAsync(422, "NO_RELATIONSHIP");
        }
    }

    [Fact]
    public async Task A_past_provider_that_reports_something_otherwise_than_before_learns_nothing_about_what_came_later()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        using var first = await ReportAsync(ubrn, "Statins first");
        await RunAsync(Sample.ReferringClinician, ubrn, "redirect", new() { ["service"] = "60001", ["reason"] = "Elsewhere" }, 2);
        await RunAsync(_next, ubrn, "accept", [], 3);

        using var otherwise = await ReportAsync(ubrn, "Statins at once");

        Assert.Equal("APPLIED", (string)(await first.JsonAsync())["entries"]![0]!["outcome"]!);
        var entry = (await otherwise.JsonAsync())["entries"]![0]!;
        Assert.Equal(("CONFLICT", 2, "TRIAGE_RESPONSE"), ((string)entry["outcome"]!, (int)entry["version"]!, (string)entry["state"]!));
    }

    private Task<HttpResponseMessage> ReportAsync(string ubrn, string comments)
    {
        var act = new JsonObject { ["ubrn"] = ubrn, ["action"] = "RETURN", ["at"] = _reported, ["by"] = "921600556514", ["comments"] = comments };
        return _app.PostAsync(_past, "/v1/contingency/reconcile", new JsonObject { ["entries"] = new JsonArray(act) });
    }

    [Fact]
    public async Task The_eRS_API_shows_a_past_provider_the_same_version()
    {
        var (ubrn, own, later) = await RedirectedAsync();
        var path = $"{ErsSteps.Stu3}ReferralRequest/{ubrn}";
        using var referral = await _app.ReadAsync(_past, path);
        var resource = await referral.ResourceAsync(200);
        Assert.Equal((2, "TRIAGE_RESPONSE"), (resource.VersionOf(), resource.StateOf()));
        AssertNothingLater(resource.ToJsonString(), later);
        Assert.Equal((200, 404), (await FhirAsync($"{path}/_history/2"), await FhirAsync($"{path}/_history/6")));

        using var actions = await _app.ReadAsync(
            _past, $"{ErsSteps.Stu3}Task?focus=ReferralRequest/{ubrn}/_history/2&intent=proposal&status=ready");
        Assert.Empty((await actions.ResourceAsync(200))["entry"]?.AsArray() ?? []);
        using var found = await _app.ReadAsync(_past, $"{ErsSteps.R4}ServiceRequest?identifier={ubrn}");
        AssertNothingLater((await found.ResourceAsync(200)).ToJsonString(), later);

        var (stu3, r4) = ($"{ErsSteps.Stu3}Binary/", $"{ErsSteps.R4}Binary/");
        Assert.Equal(200, await FhirAsync(stu3 + own));
        Assert.NotInRange(await FhirAsync(stu3 + later), 200, 399);
        Assert.NotInRange(await FhirAsync(r4 + later), 200, 399);
        Assert.Equal(404, await FhirAsync($"{ErsSteps.Stu3}Appointment/{await AppointmentIdAsync(ubrn)}"));
    }

    [Fact]
    public async Task A_provider_that_gets_the_referral_back_reads_it_as_it_is_now()
    {
        var (ubrn, _, later) = await RedirectedAsync(returned: true);
        using var back = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "redirect", new() { ["service"] = Sample.Service }, 6);
        Assert.Equal(200, (int)back.StatusCode);

        using var now = await _app.GetAsync(_past, $"/v1/referrals/{ubrn}");
        using var then = await _app.GetAsync(_next, $"/v1/referrals/{ubrn}");

        Assert.Equal(("W/\"7\"", "W/\"6\""), (now.Headers.ETag!.ToString(), then.Headers.ETag!.ToString()));
        Assert.Equal(200, await StatusAsync(_past, $"/v1/attachments/{later}"));
    }

    [Fact]
    public async Task A_download_is_sandboxed_and_not_for_other_sites()
    {
        var letter = await _app.AvailableAsync(Sample.ReferringClinician);
        foreach (var path in new[] { $"/v1/attachments/{letter}", $"{ErsSteps.Stu3}Binary/{letter}", "/v1/worklists/AWAITING_BOOKING/export.csv" })
        {
            using var file = await _app.GetAsync(Sample.ReferringClinician, path);
            Assert.Equal(200, (int)file.StatusCode);
            Assert.Equal(
                ("sandbox", "same-origin"),
                (file.Headers.GetValues("Content-Security-Policy").Single(), file.Headers.GetValues("Cross-Origin-Resource-Policy").Single()));
        }
    }

    // The next hospital books, or returns the referral, and the referrer adds a letter for it. 6 versions.
    private async Task<(string Ubrn, string Own, string Later)> RedirectedAsync(bool returned = false)
    {
        var own = await _app.AvailableAsync(Sample.ReferringClinician);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(own));
        await _app.DrainAsync();
        await RunAsync(_past, ubrn, "return", new() { ["comments"] = "Not ours" }, 1);
        await RunAsync(Sample.ReferringClinician, ubrn, "redirect", new() { ["service"] = "60001", ["reason"] = Later }, 2);
        var later = await _app.UploadAsync(Sample.ReferringClinician, ubrn);
        await _app.DrainAsync();
        await RunAsync(Sample.ReferringClinician, ubrn, "letters", new() { ["attachments"] = new JsonArray(own, later) }, 3);
        if (returned)
        {
            await RunAsync(_next, ubrn, "return", new() { ["comments"] = Later }, 4);
            await RunAsync(Sample.ReferringClinician, ubrn, "acknowledge", new() { ["comments"] = Later }, 5);
        }
        else
        {
            await RunAsync(_next, ubrn, "accept", new() { ["comments"] = Later }, 4);
            var start = DateTimeOffset.UtcNow.AddDays(20);
            var appointment = new JsonObject { ["start"] = $"{start:yyyy-MM-dd}T09:00:00Z", ["end"] = $"{start:yyyy-MM-dd}T09:20:00Z", ["location"] = Later };
            await RunAsync(_next, ubrn, "book", appointment, 5);
        }

        return (ubrn, own, later);
    }

    private async Task RunAsync(Actor actor, string ubrn, string command, JsonObject body, int version)
    {
        using var response = await _app.CommandAsync(actor, ubrn, command, body, version);
        Assert.True((int)response.StatusCode == 200, $"{command}: {await response.Content.ReadAsStringAsync()}");
    }

    private async Task<string> AppointmentIdAsync(string ubrn)
    {
        using var referral = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}");
        var text = await referral.Content.ReadAsStringAsync();
        var at = text.IndexOf("Appointment/", StringComparison.Ordinal) + "Appointment/".Length;
        return text[at..text.IndexOfAny(['"', '/'], at)];
    }

    private async Task<int> StatusAsync(Actor reader, string path)
    {
        using var response = await _app.GetAsync(reader, path);
        return (int)response.StatusCode;
    }

    private async Task<int> FhirAsync(string path)
    {
        using var response = await _app.ReadAsync(_past, path);
        return (int)response.StatusCode;
    }

    private static void AssertNothingLater(string text, string laterLetter)
    {
        Assert.DoesNotContain(Later, text, StringComparison.Ordinal);
        Assert.DoesNotContain(laterLetter, text, StringComparison.Ordinal);
        Assert.DoesNotContain("60001", text, StringComparison.Ordinal);
        Assert.DoesNotContain("RCD", text, StringComparison.Ordinal);
    }
}
