using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Ers;

/// <summary>Every error code of the operations that read and upload, one test each.</summary>
[Collection(Journey.Name)]
public class ReadErrorTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A005_and_A038_NO_RELATIONSHIP_for_another_organisation_which_is_audited()
    {
        var ubrn = await _app.BookedAsync();
        var correlation = Guid.NewGuid().ToString();

        using var referral = await _app.ReadAsync(ErsSteps.Stranger, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}", ("X-Correlation-ID", correlation));
        using var appointment = await _app.ReadAsync(ErsSteps.Stranger, $"{ErsSteps.Stu3}Appointment/{ubrn}2");

        await referral.AssertCodesAsync(422, "NO_RELATIONSHIP");
        await appointment.AssertCodesAsync(422, "NO_RELATIONSHIP");
        var entry = Assert.Single(await _app.TrailAsync(correlation));
        Assert.Equal(("422", ubrn), ((string)entry["outcome"]!, (string?)entry["ubrn"]));
    }

    [Fact]
    public async Task A006_and_A042_refuse_a_file_that_was_found_unsafe_with_its_status()
    {
        using var uploaded = await _app.ErsPostFileAsync(Sample.ReferringClinician, AttachmentSteps.TestThreat, "bad.txt", "text/plain", null);
        await _app.DrainAsync();
        var file = uploaded.Headers.Location!.ToString()["Binary/".Length..];

        using var direct = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}Binary/{file}");
        using var located = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.R4}Binary/{file}");

        await direct.AssertCodesAsync(422, "THREATS_FOUND");
        Assert.Equal(("THREATS_FOUND", "invalid"), Short(await located.OutcomeAsync(422)));
    }

    [Fact]
    public async Task A006_and_A042_refuse_a_file_that_was_not_scanned_yet_or_could_not_be_scanned_with_its_status()
    {
        _app.Local.PauseScanner();
        try
        {
            var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn: null);
            await AssertStatusAsync("PENDING");
            await _app.ReportScanAsync(file, "Not Scanned");
            await _app.DrainAsync();
            await AssertStatusAsync("VALIDATION_FAILED");

            async Task AssertStatusAsync(string code)
            {
                using var direct = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}Binary/{file}");
                using var located = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.R4}Binary/{file}");
                Assert.Equal((code, "business-rule"), Short(await direct.OutcomeAsync(422)));
                Assert.Equal((code, "invalid"), Short(await located.OutcomeAsync(422)));
            }
        }
        finally
        {
            _app.Local.ResumeScanner();
        }
    }

    [Fact]
    public async Task A042_refuses_bad_and_unknown_ids_and_strangers()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);

        using var bad = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.R4 + "Binary/x");
        using var unknown = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.R4}Binary/{Guid.NewGuid()}");
        using var stranger = await _app.ReadAsync(ErsSteps.Stranger, $"{ErsSteps.R4}Binary/{file}");

        await bad.AssertCodesAsync(400, "REC_BAD_REQUEST");
        await unknown.AssertCodesAsync(404, "REC_NOT_FOUND");
        await stranger.AssertCodesAsync(403, "NO_RELATIONSHIP");
    }

    [Fact]
    public async Task A008_MISSING_VALUE_without_a_list()
    {
        using var response = await _app.FetchListAsync(Sample.ProviderClinician, ErsSteps.Parameters("eRS-FetchWorklist-Parameters-1"));
        var issue = Assert.Single(await response.OutcomeAsync(422));
        Assert.Equal(("MISSING_VALUE", "'listType' is missing."), (issue.Code, issue.Diagnostics));
    }

    [Theory]
    [InlineData("NO_SUCH_LIST")]
    [InlineData("APPOINTMENTS_FOR_BOOKING")]
    public async Task A008_INVALID_CODE_for_a_list_that_e_RS_does_not_serve(string list)
    {
        using var response = await _app.FetchListAsync(Sample.ProviderClinician, ErsSteps.ListRequest(list));
        await response.AssertCodesAsync(422, "INVALID_CODE");
    }

    [Fact]
    public async Task A008_UNEXPECTED_FIELD_for_an_unknown_parameter_and_for_a_filter_on_a_list_of_the_referrer()
    {
        using var unknown = await _app.FetchListAsync(Sample.ProviderClinician,
            ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.Parameter("page", "valueString", "2")));
        using var filter = await _app.FetchListAsync(Sample.ReferringClinician, ErsSteps.ListRequest("AWAITING_BOOKING", ErsSteps.OfService("11000")));

        await unknown.AssertCodesAsync(422, "UNEXPECTED_FIELD");
        var issue = Assert.Single(await filter.OutcomeAsync(422));
        Assert.Equal(("UNEXPECTED_FIELD", "'parameter[1]' (service) is not allowed for a list of the referrer"), (issue.Code, issue.Diagnostics));
    }

    [Fact]
    public async Task A008_INVALID_VALUE_for_a_filter_of_the_wrong_type_and_INVALID_FHIR_STRUCTURE_for_another_resource()
    {
        using var value = await _app.FetchListAsync(Sample.ProviderClinician,
            ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.Parameter("service", "valueString", "11000")));
        using var structure = await _app.FetchListAsync(Sample.ProviderClinician, new JsonObject { ["resourceType"] = "List" });

        await value.AssertCodesAsync(422, "INVALID_VALUE");
        await structure.AssertCodesAsync(422, "INVALID_FHIR_STRUCTURE");
    }

    [Fact]
    public async Task A008_REFERENCE_NOT_FOUND_for_an_unknown_service_and_403_for_that_of_another_provider()
    {
        using var unknown = await _app.FetchListAsync(Sample.ProviderClinician, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.OfService("99999")));
        using var foreign = await _app.FetchListAsync(Sample.ProviderClinician, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.OfService("60001")));
        using var otherSide = await _app.FetchListAsync(Sample.ReferringClinician, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW"));

        await unknown.AssertCodesAsync(422, "REFERENCE_NOT_FOUND");
        await foreign.AssertCodesAsync(403, "NO_RELATIONSHIP");
        await otherSide.AssertCodesAsync(403, "FORBIDDEN");
    }

    [Fact]
    public async Task A008_filters_by_service_and_by_booked_clinician()
    {
        var ubrn = await _app.BookedAsync();
        await _app.DrainAsync();
        var assigned = ErsSteps.Parameter("clinicianAssignedIndicator", "valueCodeableConcept", ErsSteps.Concept("eRS-AssignedIndicator-1", "ASSIGNED"));
        var clinician = ErsSteps.Parameter("clinician", "valueIdentifier", ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", "021600556514"));
        var notAssigned = ErsSteps.Parameter("clinicianAssignedIndicator", "valueCodeableConcept", ErsSteps.Concept("eRS-AssignedIndicator-1", "NOT_ASSIGNED"));

        Assert.Contains(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW", ErsSteps.OfService("11000")));
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW", ErsSteps.OfService("11002")));
        Assert.Contains(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW", assigned, clinician));
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW", notAssigned));
    }

    [Fact]
    public async Task A008_needs_a_service_from_an_application()
    {
        using var without = await _app.FetchListAsync(ErsSteps.Application, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW"));
        using var with = await _app.FetchListAsync(ErsSteps.Application, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.OfService("11000")));

        await without.AssertCodesAsync(422, "MISSING_VALUE");
        await with.ResourceAsync(200);
    }

    [Fact]
    public async Task A020_refuses_files_that_it_cannot_take()
    {
        var text = Encoding.UTF8.GetBytes("Dear colleague");
        using var conflicting = await _app.ErsPostFileAsync(Sample.ReferringClinician, text, "letter.pdf", "text/plain", null);
        using var empty = await _app.ErsPostFileAsync(Sample.ReferringClinician, [], "letter.txt", "text/plain", null);
        using var big = await _app.ErsPostFileAsync(Sample.ReferringClinician, new byte[(5 * 1024 * 1024) + 1], "letter.txt", "text/plain", null);
        using var nameless = await _app.ErsPostFileAsync(Sample.ReferringClinician, text, null, "text/plain", null);
        using var badReferral = await _app.ErsPostFileAsync(Sample.ReferringClinician, text, "letter.txt", "text/plain", "12");
        using var unknownReferral = await _app.ErsPostFileAsync(Sample.ReferringClinician, text, "letter.txt", "text/plain", "000000012345");
        using var type = await _app.ErsPostFileAsync(Sample.ReferringClinician, text, "letter.zip", "application/zip", null);

        await conflicting.AssertCodesAsync(422, "CONFLICTING_VALUES");
        Assert.Contains("FILE_SIZE_ERROR", (await empty.OutcomeAsync(422)).Select(issue => issue.Code));
        await big.AssertCodesAsync(422, "FILE_SIZE_ERROR");
        await nameless.AssertCodesAsync(422, "MISSING_VALUE");
        await badReferral.AssertCodesAsync(422, "INVALID_VALUE");
        await unknownReferral.AssertCodesAsync(422, "INAPPROPRIATE_VALUE");
        Assert.Equal(415, (int)type.StatusCode);
    }

    [Theory]
    [InlineData("letter.txt", "letter.txt")]
    [InlineData("50% better, or so.txt", "50% better, or so.txt")]
    [InlineData("Bloods 01.02.24, ECG.txt", "Bloods 01.02.24, ECG.txt")]
    [InlineData("100%.txt", "100%.txt")]
    [InlineData("caf%C3%A9 50%25.txt", "café 50%.txt")]
    public async Task A020_takes_the_original_file_name_and_an_empty_referral_id(string header, string name)
    {
        using var uploaded = await _app.ErsPostFileAsync(Sample.ReferringClinician, Encoding.UTF8.GetBytes("Dear colleague"), header, "text/plain", "");

        Assert.Equal(201, (int)uploaded.StatusCode);
        await _app.DrainAsync();
        using var download = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.Stu3 + uploaded.Headers.Location);
        Assert.Equal(name, download.Content.Headers.ContentDisposition!.FileNameStar);
    }

    [Fact]
    public async Task A020_takes_the_picture_of_six_bytes_of_the_published_examples()
    {
        using var uploaded = await _app.ErsPostFileAsync(
            Sample.ReferringClinician, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A], "upload.png", "image/png", null);

        Assert.Equal(201, (int)uploaded.StatusCode);
    }

    [Fact]
    public async Task A_download_has_its_name_in_UTF_8_and_as_an_encoded_word()
    {
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn: null, "Brief%20f%C3%BCr_Ren%C3%A9.txt");
        await _app.DrainAsync();

        using var direct = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}Binary/{file}");
        using var followed = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.R4}Binary/{file}");

        foreach (var response in new[] { direct, followed })
        {
            Assert.Equal(
                "attachment; filename=\"=?UTF-8?Q?Brief=20f=C3=BCr=5FRen=C3=A9.txt?=\"; filename*=UTF-8''Brief%20f%C3%BCr_Ren%C3%A9.txt",
                Assert.Single(response.Content.Headers.NonValidated["Content-Disposition"]));
        }
    }

    [Theory]
    [InlineData("intent=proposal&status=ready", "MISSING_PARAMETER")]
    [InlineData("focus=ReferralRequest/000000012345/_history/1&intent=order&status=ready", "INVALID_VALUE")]
    [InlineData("focus=ReferralRequest/12/_history/1&intent=proposal&status=ready", "INVALID_VALUE")]
    [InlineData("focus=ReferralRequest/000000012345/_history/1&intent=proposal&status=ready", "REFERENCE_NOT_FOUND")]
    public async Task A029_refuses_what_it_cannot_answer(string query, string code)
    {
        using var response = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}Task?{query}");
        await response.AssertCodesAsync(400, code);
    }

    [Fact]
    public async Task A029_HISTORY_NOT_SUPPORTED_for_a_version_that_is_not_the_current_one()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();

        using var old = await _app.ReadAsync(Sample.ReferringClinician,
            $"{ErsSteps.Stu3}Task?focus=ReferralRequest/{ubrn}/_history/7&intent=proposal&status=ready");

        await old.AssertCodesAsync(400, "HISTORY_NOT_SUPPORTED");
    }

    [Fact]
    public async Task A_stranger_gets_the_same_answer_for_every_version_and_every_fault()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        foreach (var version in new[] { 1, 7 })
        {
            using var actions = await _app.ReadAsync(
                ErsSteps.Stranger, $"{ErsSteps.Stu3}Task?focus=ReferralRequest/{ubrn}/_history/{version}&intent=proposal&status=ready");
            using var read = await _app.ReadAsync(ErsSteps.Stranger, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}/_history/{version}");
            using var faulty = await _app.OperateAsync(ErsSteps.Stranger, ubrn, "acceptReferral", new JsonObject(), version);

            Assert.Empty((await actions.ResourceAsync(200))["entry"]!.AsArray());
            await read.AssertCodesAsync(422, "NO_RELATIONSHIP");
            await faulty.AssertCodesAsync(422, "NO_RELATIONSHIP");
        }
    }

    private static (string, string) Short(IReadOnlyList<(string Code, string Type, string Diagnostics)> issues) => (issues[0].Code, issues[0].Type);
}
