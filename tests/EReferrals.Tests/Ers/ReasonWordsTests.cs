using System.Text.Json.Nodes;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Ers;

/// <summary>Which codes have words beside them, and which words. Clients show them as they are.</summary>
[Collection(Journey.Name)]
public class ReasonWordsTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Theory]
    [InlineData("11021", "NO_SLOTS_AT_SERVICE")]
    [InlineData("50001", "TRIAGE")]
    public async Task A_referral_that_waits_for_its_provider_shows_the_code_of_the_reason_without_words(string service, string reason)
    {
        var created = await _app.CreatedAsync(service);
        using var proposed = await _app.ErsBookAsync(BookingSteps.Proposal(created, service, reason));
        await proposed.ResourceAsync(201);

        var referral = await _app.ErsReferralAsync(created.IdOf());

        Assert.Equal([(reason, null), (reason, null)], new[] { OfState(referral), OfAppointment(referral) });
    }

    [Theory]
    [InlineData("ACCEPT_REFER_BOOK_LATER", "Accept Refer Book Later")]
    [InlineData("RETURN_TO_REFERRER_WITH_ADVICE", "Return to Referrer With Advice")]
    public async Task The_outcome_of_a_review_has_its_words_on_the_referral_and_on_the_appointment(string outcome, string words)
    {
        var ubrn = await _app.SentAsync("50001");
        using var reviewed = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "recordReviewOutcome", ErsSteps.Review(outcome), 1);

        var referral = await reviewed.ResourceAsync(200);

        Assert.Equal([(outcome, words), (outcome, words)], new[] { OfState(referral), OfAppointment(referral) });
    }

    [Fact]
    public async Task A_rejection_has_its_words_on_the_referral_and_on_the_appointment()
    {
        var ubrn = await _app.BookedAsync();
        using var rejected = await _app.OperateAsync(
            Sample.ProviderClinician, ubrn, "rejectReferral", ErsSteps.Rejection("FURTHER_INFORMATION_REQUIRED"), 2);

        var referral = await rejected.ResourceAsync(200);

        var expected = ("FURTHER_INFORMATION_REQUIRED", "Further information required");
        Assert.Equal([expected, expected], new[] { OfState(referral), OfAppointment(referral) });
    }

    [Fact]
    public async Task An_appointment_that_the_patient_cancelled_shows_the_code_of_the_reason_without_words()
    {
        var ubrn = await _app.BookedAsync();
        await CancelAppointmentAsync(ubrn, "PATIENT_HOLIDAY", comments: null);

        var referral = await _app.ErsReferralAsync(ubrn);

        Assert.Equal([("PATIENT_HOLIDAY", "Patient on holiday"), ("PATIENT_HOLIDAY", null)], new[] { OfState(referral), OfAppointment(referral) });
    }

    [Fact]
    public async Task An_appointment_that_ends_with_its_referral_has_the_comments_of_the_cancellation()
    {
        const string comments = "Goes to a private clinic";
        var ubrn = await _app.BookedAsync();
        using var cancelled = await _app.OperateAsync(
            Sample.ReferringClinician, ubrn, "cancelReferral", ErsSteps.Cancellation("INTEND_PRIVATE", comments), 2);

        var answer = await cancelled.ResourceAsync(200);

        var contained = ReferralIn(answer).Contained("appointment")!;
        Assert.All(
            [contained, answer.Named("updatedAppointment")["resource"]!],
            appointment => Assert.Equal(
                ("PATIENT_APPOINTMENT_CANCELLATION_OTHER", null, comments), (CodeOf(appointment), WordsOf(appointment), (string)appointment["comment"]!)));
    }

    [Fact]
    public async Task An_appointment_that_was_cancelled_before_its_referral_is_not_among_what_the_cancellation_changed()
    {
        const string comments = "No longer needed";
        var ubrn = await _app.BookedAsync();
        await CancelAppointmentAsync(ubrn, "PATIENT_APPOINTMENT_CANCELLATION_OTHER", comments);
        using var cancelled = await _app.OperateAsync(
            Sample.ReferringClinician, ubrn, "cancelReferral", ErsSteps.Cancellation("TREATMENT_NO_LONGER_REQUIRED", comments), 3);

        var answer = await cancelled.ResourceAsync(200);

        Assert.Equal("updatedReferralRequest", (string)Assert.Single(answer["parameter"]!.AsArray())!["name"]!);
        Assert.Equal("cancelled", (string)ReferralIn(answer).Contained("appointment")!["status"]!);
    }

    [Theory]
    [InlineData("NO_ACCESS", 401)]
    [InlineData("MISSING_HEADER", 412)]
    [InlineData("DUPLICATE_SERVICE", 422)]
    public async Task Some_error_codes_have_no_words(string code, int status)
    {
        using var response = code switch
        {
            "NO_ACCESS" => await _app.Http.GetAsync(new Uri($"{ErsSteps.Stu3}ReferralRequest/000000012345", UriKind.Relative)),
            "MISSING_HEADER" => await _app.FhirAsync(
                Sample.ProviderClinician, HttpMethod.Post, $"{ErsSteps.Stu3}ReferralRequest/{await _app.BookedAsync()}/$ers.acceptReferral"),
            _ => await _app.PostCreationAsync(ErsSteps.Creation("11002", "11002")),
        };

        var coding = Assert.Single((await response.ResourceAsync(status))["issue"]!.AsArray())!["details"]!["coding"]![0]!.AsObject();

        Assert.Equal((code, false), ((string)coding["code"]!, coding.ContainsKey("display")));
    }

    private async Task CancelAppointmentAsync(string ubrn, string reason, string? comments)
    {
        var body = new JsonObject { ["reason"] = reason };
        if (comments is not null) body["comments"] = comments;
        using var cancelled = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "appointment/cancel", body, 2);
        Assert.Equal(200, (int)cancelled.StatusCode);
    }

    private static JsonObject ReferralIn(JsonObject answer) => answer.Named("updatedReferralRequest")["resource"]!.AsObject();

    private static (string Code, string? Words) OfState(JsonObject referral)
    {
        var reason = referral.Extension("Extension-eRS-ReferralState-1")!["extension"]!.AsArray().Single(inner => (string)inner!["url"]! == "reason");
        return ((string)reason!["valueCoding"]!["code"]!, (string?)reason["valueCoding"]!["display"]);
    }

    private static (string Code, string? Words) OfAppointment(JsonObject referral)
    {
        var appointment = referral.Contained("appointment")!;
        return (CodeOf(appointment), WordsOf(appointment));
    }

    private static string CodeOf(JsonNode appointment) => (string)appointment["reason"]![0]!["coding"]![0]!["code"]!;

    private static string? WordsOf(JsonNode appointment) => (string?)appointment["reason"]![0]!["coding"]![0]!["display"];
}
