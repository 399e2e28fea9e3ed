using System.Text.Json.Nodes;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Ers;

/// <summary>Every error code of the commands A012, A013, A014, A028 and A036, one test each.</summary>
[Collection(Journey.Name)]
public class CommandErrorTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Theory]
    [InlineData("maintainReferralLetter", true)]
    [InlineData("acceptReferral", false)]
    [InlineData("rejectReferral", false)]
    [InlineData("recordReviewOutcome", false)]
    [InlineData("cancelReferral", false)]
    public async Task NO_RELATIONSHIP_for_another_organisation(string operation, bool isReferrers)
    {
        var ubrn = await _app.BookedAsync();
        JsonObject? body = operation switch
        {
            "maintainReferralLetter" => ErsSteps.Letters(Guid.NewGuid().ToString()),
            "rejectReferral" => ErsSteps.Rejection("OTHER"),
            "recordReviewOutcome" => ErsSteps.Review("ACCEPT_REFER_BOOK_LATER"),
            "cancelReferral" => ErsSteps.Cancellation("PATIENT_DIED"),
            _ => null,
        };
        var stranger = isReferrers ? Sample.ReferringClinician with { Organisation = "D82107" } : ErsSteps.Stranger;

        using var response = await _app.OperateAsync(stranger, ubrn, operation, body, 2);

        var issue = Assert.Single(await response.OutcomeAsync(422));
        Assert.Equal(("NO_RELATIONSHIP", "forbidden"), (issue.Code, issue.Type));
    }

    [Fact]
    public async Task A012_refuses_letters_that_cannot_be_added()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var first = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        var sameName = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        var forNone = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn: null, "other.txt");

        await AssertLettersAsync(ubrn, "DUPLICATE_FILENAME", ErsSteps.Letters(first, sameName));
        await AssertLettersAsync(ubrn, "CONFLICTING_VALUES", ErsSteps.Letters(first, first));
        await AssertLettersAsync(ubrn, "INAPPROPRIATE_VALUE", ErsSteps.Letters(forNone));
        await AssertLettersAsync(ubrn, "REFERENCE_NOT_FOUND", ErsSteps.Letters(Guid.NewGuid().ToString()));
        await AssertLettersAsync(ubrn, "MISSING_VALUE", ErsSteps.Letters());
        await AssertLettersAsync(ubrn, "INVALID_VALUE", ErsSteps.Letters("not-a-uuid"));
        await AssertLettersAsync(ubrn, "INVALID_FHIR_STRUCTURE", new JsonObject { ["resourceType"] = "DocumentReference" });
        var unexpected = ErsSteps.Letters(first);
        unexpected["parameter"]!.AsArray().Add(ErsSteps.Parameter("more", "valueString", "x"));
        await AssertLettersAsync(ubrn, "UNEXPECTED_FIELD", unexpected);
    }

    [Fact]
    public async Task A012_NO_CHANGES_DETECTED_for_the_letters_that_the_referral_has()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        using var added = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 1);
        await added.ResourceAsync(200);

        using var same = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 2);

        await same.AssertCodesAsync(422, "NO_CHANGES_DETECTED");
    }

    [Fact]
    public async Task A012_INVALID_STATE_for_a_file_with_a_threat()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        using var uploaded = await _app.ErsPostFileAsync(Sample.ReferringClinician, AttachmentSteps.TestThreat, "bad.txt", "text/plain", ubrn);
        await _app.DrainAsync();

        await AssertLettersAsync(ubrn, "INVALID_STATE", ErsSteps.Letters(uploaded.Headers.Location!.ToString()["Binary/".Length..]));
    }

    [Fact]
    public async Task A012_INVALID_REQUEST_STATE_for_a_cancelled_referral()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        using var cancelled = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "cancelReferral", ErsSteps.Cancellation("RAISED_IN_ERROR"), 1);
        await cancelled.ResourceAsync(200);

        using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(Guid.NewGuid().ToString()), 2);

        await response.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
    }

    [Fact]
    public async Task A013_INVALID_REQUEST_STATE_for_a_referral_that_waits_for_triage()
    {
        using var response = await _app.OperateAsync(Sample.ProviderClinician, await _app.SentAsync("50001"), "acceptReferral", null, 1);

        await response.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
    }

    [Theory]
    [InlineData("MISSING_VALUE", null, null, null)]
    [InlineData("INVALID_CODE", "NO_SUCH_REASON", null, null)]
    [InlineData("INAPPROPRIATE_VALUE", "PATIENT_ILL", null, null)]
    [InlineData("FIELD_NOT_PERMITTED", "OTHER", null, true)]
    public async Task A014_refuses_what_a_rejection_cannot_be(string code, string? reason, string? comments, bool? inPas)
    {
        var ubrn = await _app.BookedAsync();
        var body = ErsSteps.Rejection(reason ?? "", comments, inPas);
        if (reason is null) body.Drop("rejectionReason");

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "rejectReferral", body, 2);

        await response.AssertCodesAsync(422, code);
    }

    [Fact]
    public async Task A014_INVALID_VALUE_for_a_comment_that_is_too_long_and_UNEXPECTED_FIELD_for_an_unknown_parameter()
    {
        var ubrn = await _app.BookedAsync();
        var body = ErsSteps.Rejection("OTHER", new string('x', 2001));
        body["parameter"]!.AsArray().Add(ErsSteps.Parameter("more", "valueString", "x"));

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "rejectReferral", body, 2);

        await response.AssertCodesAsync(422, "INVALID_VALUE", "UNEXPECTED_FIELD");
    }

    [Theory]
    [InlineData(null, "VALUE_IS_REQUIRED")]
    [InlineData(false, "UNABLE_TO_CANCEL_APPOINTMENT")]
    public async Task A014_needs_the_appointment_of_an_indirectly_bookable_service_to_be_cancelled_in_the_PAS(bool? inPas, string code)
    {
        var ubrn = await _app.IndirectlyBookedAsync();

        using var refused = await _app.OperateAsync(Sample.ProviderClinician.At("RCD"), ubrn, "rejectReferral", ErsSteps.Rejection("OTHER", null, inPas), 2);
        using var rejected = await _app.OperateAsync(Sample.ProviderClinician.At("RCD"), ubrn, "rejectReferral", ErsSteps.Rejection("OTHER", null, true), 2);

        var issue = Assert.Single(await refused.OutcomeAsync(422));
        Assert.Equal(code, issue.Code);
        Assert.StartsWith("'appointmentCancelledInPAS' ", issue.Diagnostics, StringComparison.Ordinal);
        Assert.Equal("REJECTED", (await rejected.ResourceAsync(200)).StateOf());
    }

    [Fact]
    public async Task A014_INVALID_REQUEST_STATE_for_a_referral_that_is_not_booked()
    {
        using var response = await _app.OperateAsync(Sample.ProviderClinician, await _app.SentAsync("50001"), "rejectReferral", ErsSteps.Rejection("OTHER"), 1);

        await response.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
    }

    [Theory]
    [InlineData("INAPPROPRIATE_VALUE", "CANCEL_APPOINTMENT_ACTION_LATER", "Seen", null)]
    [InlineData("INVALID_CODE", "SOMETHING", "Seen", null)]
    [InlineData("MISSING_VALUE", "ACCEPT_REFER_BOOK_LATER", null, null)]
    [InlineData("PRIORITY_NOT_CURRENT", "RETURN_TO_REFERRER_WITH_ADVICE", "Seen", "URGENT")]
    public async Task A028_refuses_what_an_outcome_cannot_be(string code, string outcome, string? comments, string? priority)
    {
        using var response = await _app.OperateAsync(
            Sample.ProviderClinician, await _app.SentAsync("50001"), "recordReviewOutcome", ErsSteps.Review(outcome, comments, priority), 1);

        await response.AssertCodesAsync(422, code);
    }

    [Fact]
    public async Task A028_refuses_files_that_cannot_be_added()
    {
        var ubrn = await _app.SentAsync("50001");
        var first = await _app.ErsUploadAsync(Sample.ProviderClinician, ubrn);
        var sameName = await _app.ErsUploadAsync(Sample.ProviderClinician, ubrn);
        var forNone = await _app.ErsUploadAsync(Sample.ProviderClinician, ubrn: null, "other.txt");
        using var threat = await _app.ErsPostFileAsync(Sample.ProviderClinician, AttachmentSteps.TestThreat, "bad.txt", "text/plain", ubrn);
        await _app.DrainAsync();
        var bad = threat.Headers.Location!.ToString()["Binary/".Length..];

        foreach (var (code, files) in new (string, string[])[]
        {
            ("DUPLICATE_FILENAME", [first, sameName]), ("INAPPROPRIATE_VALUE", [forNone]), ("REFERENCE_NOT_FOUND", [Guid.NewGuid().ToString()]),
            ("INVALID_STATE", [bad]), ("INVALID_VALUE", ["x"]),
        })
        {
            using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "recordReviewOutcome",
                ErsSteps.Review("ACCEPT_REFER_BOOK_LATER", files: files), 1);
            await response.AssertCodesAsync(422, code);
        }
    }

    [Fact]
    public async Task A028_INVALID_REQUEST_STATE_for_a_booked_referral_and_for_a_deferred_one_without_its_letter()
    {
        using var booked = await _app.OperateAsync(Sample.ProviderClinician, await _app.BookedAsync(), "recordReviewOutcome",
            ErsSteps.Review("ACCEPT_REFER_BOOK_LATER"), 2);
        using var deferred = await _app.OperateAsync(
            Sample.ProviderClinician, await _app.SentAsync("11000", needsLetter: true), "recordReviewOutcome", ErsSteps.Review("ACCEPT_REFER_BOOK_LATER"), 1);

        await booked.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
        await deferred.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
    }

    [Fact]
    public async Task A036_refuses_reasons_that_do_not_suit()
    {
        var ubrn = await _app.BookedAsync();

        // A reason of the other side, one that cannot cancel an appointment, one that does not exist, and none.
        using var ofReferrer = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "cancelReferral", ErsSteps.Cancellation("RAISED_IN_ERROR"), 2);
        using var ofTriage = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "cancelReferral", ErsSteps.Cancellation("TRIAGE_ENDED"), 2);
        using var unknown = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "cancelReferral", ErsSteps.Cancellation("NO_SUCH_REASON"), 2);
        var none = ErsSteps.Cancellation("x");
        none.Drop("cancellationReason");
        using var missing = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "cancelReferral", none, 2);
        using var silent = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "cancelReferral",
            ErsSteps.Cancellation("PATIENT_REQUEST_CANCELLATION_OTHER"), 2);

        await ofReferrer.AssertCodesAsync(422, "INAPPROPRIATE_VALUE");
        await ofTriage.AssertCodesAsync(422, "INAPPROPRIATE_VALUE");
        await unknown.AssertCodesAsync(422, "INVALID_CODE");
        var issue = Assert.Single(await missing.OutcomeAsync(422));
        Assert.Equal(("MISSING_VALUE", "'cancellationReason' is missing."), (issue.Code, issue.Diagnostics));
        await silent.AssertCodesAsync(422, "VALUE_IS_REQUIRED");
    }

    private async Task AssertLettersAsync(string ubrn, string code, JsonObject body)
    {
        using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", body, 1);
        Assert.Contains(code, (await response.OutcomeAsync(422)).Select(issue => issue.Code));
    }
}
