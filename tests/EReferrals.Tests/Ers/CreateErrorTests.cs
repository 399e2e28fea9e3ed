using System.Globalization;
using System.Text.Json.Nodes;

namespace EReferrals.Tests.Ers;

/// <summary>Every error code of A011, one test each.</summary>
[Collection(Journey.Name)]
public class CreateErrorTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task DUPLICATE_SERVICE_for_a_service_that_is_named_twice()
    {
        var issue = Assert.Single(await RefusedAsync(ErsSteps.Creation("11002", "11002")));
        Assert.Equal(("DUPLICATE_SERVICE", "business-rule", "'Shortlist/Service Id' (11002) cannot be added to a shortlist more than once."), issue);
    }

    [Fact]
    public async Task FIELD_NOT_PERMITTED_for_a_clinician_who_names_a_referring_clinician() => await AssertAsync(
        "FIELD_NOT_PERMITTED", With(ErsSteps.Parameter("referringClinician", "valueIdentifier",
            ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", "021600556514"))));

    [Fact]
    public async Task VALUE_IS_REQUIRED_for_an_admin_who_names_none()
    {
        using var response = await _app.PostCreationAsync(ErsSteps.Creation("11002"), Sample.ReferringAdmin);
        var issue = Assert.Single(await response.OutcomeAsync(422));
        Assert.Equal(("VALUE_IS_REQUIRED", "required"), (issue.Code, issue.Type));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-400)]
    public async Task INAPPROPRIATE_VALUE_for_a_pathway_start_outside_its_range(int days)
    {
        var start = DateTimeOffset.UtcNow.AddDays(days).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await AssertAsync("INAPPROPRIATE_VALUE", With(ErsSteps.Parameter("eReferralPathwayStart", "valueInstant", start)));
    }

    [Fact]
    public async Task INVALID_CODE_for_a_code_that_is_not_in_its_list() => await AssertAsync("INVALID_CODE", ErsSteps.CreationOf("WHENEVER", "11002"));

    [Fact]
    public async Task INVALID_CODE_for_a_specialty_that_is_no_longer_in_use() =>
        await AssertAsync("INVALID_CODE", WithCriteria(ErsSteps.Criteria("ROUTINE", "AUDIOLOGICAL_MEDICINE")),
            others: ["INAPPROPRIATE_VALUE", "SHORTLISTED_SERVICE_NOT_IN_RESULTS"]);

    [Fact]
    public async Task INAPPROPRIATE_VALUE_for_a_clinic_type_of_another_specialty() =>
        await AssertAsync("INAPPROPRIATE_VALUE", WithCriteria(ErsSteps.Criteria("ROUTINE", "CARDIOLOGY", "KNEE")),
            others: ["SHORTLISTED_SERVICE_NOT_IN_RESULTS"]);

    [Fact]
    public async Task INVALID_FHIR_STRUCTURE_for_a_shortlist_without_its_criteria()
    {
        var body = ErsSteps.Creation("11002");
        body.Named("shortlist")["resource"]!.AsObject().Remove("contained");
        await AssertAsync("INVALID_FHIR_STRUCTURE", body);
    }

    [Fact]
    public async Task INVALID_FHIR_STRUCTURE_for_another_resource() =>
        await AssertAsync("INVALID_FHIR_STRUCTURE", new JsonObject { ["resourceType"] = "List" });

    [Fact]
    public async Task INVALID_VALUE_for_a_number_that_is_not_an_NHS_number()
    {
        var body = ErsSteps.Creation("11002");
        body.Named("patient")["valueIdentifier"]!["value"] = "1234567890";
        var issue = Assert.Single(await RefusedAsync(body));
        Assert.Equal(("INVALID_VALUE", "value", "'patient' is invalid."), issue);
    }

    [Fact]
    public async Task INVALID_VALUE_for_a_value_of_the_wrong_type()
    {
        var body = ErsSteps.Creation("11002");
        body.Drop("firstReminderLetterFollowUpDays");
        body["parameter"]!.AsArray().Add(ErsSteps.Parameter("firstReminderLetterFollowUpDays", "valueString", "0"));
        var issue = Assert.Single(await RefusedAsync(body));
        Assert.Equal("'parameter[3]' (firstReminderLetterFollowUpDays) must have valueUnsignedInt.", issue.Diagnostics);
    }

    [Theory]
    [InlineData("patient")]
    [InlineData("shortlist")]
    [InlineData("intentionToAddReferralLetter")]
    [InlineData("firstReminderLetterFollowUpDays")]
    public async Task MISSING_VALUE_for_each_parameter_that_is_always_needed(string name)
    {
        var body = ErsSteps.Creation("11002");
        body.Drop(name);
        var issue = Assert.Single(await RefusedAsync(body));
        Assert.Equal(("MISSING_VALUE", "required", $"'{name}' is missing."), issue);
    }

    [Fact]
    public async Task REFERENCE_NOT_FOUND_for_a_service_that_does_not_exist() => await AssertAsync("REFERENCE_NOT_FOUND", ErsSteps.Creation("99999"));

    [Theory]
    [InlineData("ROUTINE", "15000")]
    [InlineData("TWO_WEEK_WAIT", "11002")]
    [InlineData("ROUTINE", "11014")]
    public async Task SHORTLISTED_SERVICE_NOT_IN_RESULTS_for_a_service_that_the_search_would_not_find(string priority, string service) =>
        await AssertAsync("SHORTLISTED_SERVICE_NOT_IN_RESULTS", ErsSteps.CreationOf(priority, service));

    [Fact]
    public async Task SNOMED_NOT_FOUND_for_an_unknown_term_and_not_for_the_local_one()
    {
        await AssertAsync("SNOMED_NOT_FOUND", WithTerm("22298007"));
        using var known = await _app.PostCreationAsync(WithTerm("1003"));
        Assert.Equal(201, (int)known.StatusCode);
    }

    [Fact]
    public async Task TOO_MANY_ITEMS_for_more_than_twenty_services() =>
        await AssertAsync("TOO_MANY_ITEMS", ErsSteps.Creation([.. Enumerable.Range(70000, 21).Select(id => id.ToString(CultureInfo.InvariantCulture))]));

    [Fact]
    public async Task UNEXPECTED_FIELD_for_an_unknown_parameter_however_deep()
    {
        var body = With(ErsSteps.Parameter("urgency", "valueString", "now"));
        body.Named("shortlist")["resource"]!["contained"]![0]!["parameter"]!.AsArray().Insert(1, ErsSteps.Parameter("colour", "valueString", "blue"));

        var issues = await RefusedAsync(body);

        Assert.Equal(
            ["'parameter[1]/resource/contained[0]/parameter[1]' (colour) unknown parameter name", "'parameter[4]' (urgency) unknown parameter name"],
            issues.Select(issue => issue.Diagnostics).Order(StringComparer.Ordinal));
        Assert.All(issues, issue => Assert.Equal(("UNEXPECTED_FIELD", "value"), (issue.Code, issue.Type)));
    }

    [Fact]
    public async Task All_errors_are_reported_together()
    {
        var body = ErsSteps.CreationOf("NEVER", "11002");
        body.Drop("patient");
        body["parameter"]!.AsArray().Add(ErsSteps.Parameter("more", "valueBoolean", true));

        Assert.Equal(["INVALID_CODE", "MISSING_VALUE", "UNEXPECTED_FIELD"], (await RefusedAsync(body)).Select(issue => issue.Code)
            .Order(StringComparer.Ordinal));
    }

    private async Task AssertAsync(string code, JsonObject body, params string[] others)
    {
        var issues = await RefusedAsync(body);
        Assert.Contains(code, issues.Select(issue => issue.Code));
        Assert.Empty(issues.Select(issue => issue.Code).Except([code, .. others]));
    }

    private async Task<IReadOnlyList<(string Code, string Type, string Diagnostics)>> RefusedAsync(JsonObject body)
    {
        using var response = await _app.PostCreationAsync(body);
        return await response.OutcomeAsync(422);
    }

    private static JsonObject With(JsonObject parameter)
    {
        var body = ErsSteps.Creation("11002");
        body["parameter"]!.AsArray().Add(parameter);
        return body;
    }

    private static JsonObject WithCriteria(JsonObject criteria)
    {
        var body = ErsSteps.Creation("11002");
        body.Named("shortlist")["resource"]!["contained"] = new JsonArray(criteria);
        return body;
    }

    private static JsonObject WithTerm(string code)
    {
        var criteria = ErsSteps.Criteria("ROUTINE");
        criteria["parameter"]!.AsArray().Add(ErsSteps.Parameter(
            "clinicalTerm", "valueCoding", new JsonObject { ["system"] = "http://snomed.info/sct", ["code"] = code }));
        return WithCriteria(criteria);
    }
}
