using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Ers;

/// <summary>Journeys through the e-RS API, and across both APIs.</summary>
[Collection(Journey.Name)]
public class JourneyTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_created_referral_is_read_at_once_listed_and_offers_its_actions()
    {
        var created = await _app.CreatedAsync("11002");
        var ubrn = created.IdOf();

        using var read = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}");
        using var version = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}/_history/1");
        using var other = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}/_history/2");
        Assert.Equal(created.ToJsonString(), (await read.ResourceAsync(200)).ToJsonString());
        Assert.Equal("W/\"1\"", read.Headers.ETag!.ToString());
        Assert.Equal((200, 404), ((int)version.StatusCode, (int)other.StatusCode));
        Assert.Equal(("NOT_BOOKED", "active"), (created.StateOf(), (string)created["status"]!));
        Assert.Equal("Good Cardiology Business Service", (string)created.Contained("shortlist")!["entry"]![0]!["item"]!["display"]!);

        await _app.DrainAsync();
        Assert.Contains(ubrn, await _app.ErsListAsync(Sample.ReferringClinician, "AWAITING_BOOKING"));
        Assert.Contains(ubrn, await _app.ErsListAsync(Sample.ReferringClinician, "LETTERS_OUTSTANDING"));
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"));
        Assert.Equal(
            ["CANCEL_REFERRAL", "CHANGE_SHORTLIST", "CHANGE_SHORTLIST_AND_SEND_FOR_TRIAGE", "CREATE_APPOINTMENT"],
                await ActionsAsync(Sample.ReferringClinician, ubrn, 1));
    }

    [Fact]
    public async Task A_letter_is_uploaded_added_and_read_and_the_referral_no_longer_owes_one()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);

        using var added = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 1);
        var referral = await added.ResourceAsync(200);
        Assert.Equal("W/\"2\"", added.Headers.ETag!.ToString());
        Assert.NotNull(referral.Extension("Extension-eRS-ClinicalInfoFirstSubmitted-1"));
        Assert.Null(referral.Extension("Extension-eRS-ClinicalInfoLastUpdated-1"));
        var document = referral["contained"]!.AsArray().Single(contained => (string)contained!["resourceType"]! == "DocumentReference")!;
        Assert.Equal($"Binary/{file}", (string)document["content"]![0]!["attachment"]!["url"]!);
        Assert.Equal("Results of the last visit", (string)document["description"]!);
        Assert.Equal($"#{document["id"]}", (string)referral["supportingInfo"]![0]!["reference"]!);
        await _app.DrainAsync();
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ReferringClinician, "LETTERS_OUTSTANDING"));

        // The second letter stays beside the first, which keeps its id.
        var second = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn, "results.txt");
        using var changed = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file, second), 2);
        var after = await changed.ResourceAsync(200);
        Assert.NotNull(after.Contained((string)document["id"]!));
        Assert.NotNull(after.Extension("Extension-eRS-ClinicalInfoLastUpdated-1"));
    }

    [Fact]
    public async Task A_file_is_read_directly_and_at_the_short_lived_address()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn, "Brief%2C gro%C3%9F.txt", "Dear colleague of A042");
        await _app.DrainAsync();

        using var direct = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}Binary/{file}");
        Assert.Equal("Dear colleague of A042", await direct.Content.ReadAsStringAsync());
        using var noRedirects = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _app.Http.BaseAddress };
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Get, $"{ErsSteps.R4}Binary/{file}");
        using var located = await noRedirects.SendAsync(request);
        Assert.Equal(307, (int)located.StatusCode);
        Assert.True(located.Headers.Location!.IsAbsoluteUri);
        using var followed = await noRedirects.GetAsync(located.Headers.Location);
        Assert.Equal("Dear colleague of A042", await followed.Content.ReadAsStringAsync());
        Assert.Equal(("text/plain", "attachment"), (followed.Content.Headers.ContentType!.MediaType,
            followed.Content.Headers.ContentDisposition!.DispositionType));
        Assert.Equal("Brief, groß.txt", followed.Content.Headers.ContentDisposition.FileNameStar);
        using var forged = await noRedirects.GetAsync(new Uri(located.Headers.Location + "A"));
        Assert.Equal(404, (int)forged.StatusCode);
    }

    [Fact]
    public async Task A_booked_referral_is_accepted_leaves_the_list_and_comes_back_with_a_new_letter()
    {
        var ubrn = await _app.BookedAsync();
        await _app.DrainAsync();
        var entry = (await _app.ErsEntriesAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"))[ubrn];
        Assert.Equal("NEVER_REVIEWED", CodeIn(entry["requestContextStatus"]));
        Assert.Equal("APPOINTMENT", CodeIn(entry["referralType"]));
        Assert.Equal("#Practitioner-021600556514", (string)entry["allocatedClinician"]["valueReference"]!["reference"]!);
        Assert.Equal(2, (int)entry["referralRequestVersion"]["valueInteger"]!);

        using var accepted = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "acceptReferral", null, 2);
        Assert.Equal("BOOKED", (await accepted.ResourceAsync(200)).StateOf());
        await _app.DrainAsync();
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"));
        using var again = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "acceptReferral", null, 3);
        await again.AssertCodesAsync(422, "INVALID_REQUEST_STATE");

        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        using var letter = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 3);
        await letter.ResourceAsync(200);
        await _app.DrainAsync();
        Assert.Equal("LETTER_CHANGED", CodeIn((await _app.ErsEntriesAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"))[ubrn]["requestContextStatus"]));
    }

    [Fact]
    public async Task A_rejected_referral_shows_its_reason_and_its_cancelled_appointment()
    {
        var ubrn = await _app.BookedAsync();
        using var response = await _app.OperateAsync(
            Sample.ProviderClinician, ubrn, "rejectReferral", ErsSteps.Rejection("SERVICE_INAPPROPRIATE", "Please refer to the heart failure nurse."), 2);

        var referral = await response.ResourceAsync(200);
        var state = referral.Extension("Extension-eRS-ReferralState-1")!["extension"]!.AsArray();
        Assert.Equal(
            ("REJECTED", "SERVICE_INAPPROPRIATE", "Inappropriate service", "Please refer to the heart failure nurse."),
            ((string)state[0]!["valueCoding"]!["code"]!, (string)state[1]!["valueCoding"]!["code"]!, (string)state[1]!["valueCoding"]!["display"]!,
                (string)state[2]!["valueString"]!));
        var appointment = referral.Contained("appointment")!.AsObject();
        Assert.Equal(("cancelled", false, "SERVICE_INAPPROPRIATE"),
            ((string)appointment["status"]!, appointment.ContainsKey("start"), (string)appointment["reason"]![0]!["coding"]![0]!["code"]!));
        Assert.EndsWith("/STU3/CodeSystem/APPOINTMENT-CANCELLATION-REASON", (string)appointment["reason"]![0]!["coding"]![0]!["system"]!,
            StringComparison.Ordinal);
        await _app.DrainAsync();
        Assert.Equal("REJECTED", CodeIn((await _app.ErsEntriesAsync(Sample.ReferringClinician, "REJECTED_TRIAGE_RESPONSE"))[ubrn]["status"]));
    }

    [Theory]
    [InlineData("ACCEPT_REFER_BOOK_LATER", "TRIAGED_PROVIDER_TO_ACTION")]
    [InlineData("RETURN_TO_REFERRER_WITH_ADVICE", "TRIAGE_RESPONSE")]
    public async Task A_triage_has_two_outcomes_and_may_add_a_file(string outcome, string state)
    {
        var ubrn = await _app.SentAsync("50001");
        var entry = (await _app.ErsEntriesAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"))[ubrn];
        Assert.Equal("TRIAGE_DEFERRAL", CodeIn(entry["referralType"]));
        Assert.Equal(["CANCEL_REFERRAL", "RECORD_REVIEW_OUTCOME"], await ActionsAsync(Sample.ProviderClinician, ubrn, 1));
        var file = await _app.ErsUploadAsync(Sample.ProviderClinician, ubrn, "opinion.txt");

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "recordReviewOutcome", ErsSteps.Review(outcome, files: file), 1);

        var referral = await response.ResourceAsync(200);
        Assert.Equal(state, referral.StateOf());
        var appointment = referral.Contained("appointment")!.AsObject();
        Assert.Equal(("proposed", outcome, "Seen"), ((string)appointment["status"]!, (string)appointment["reason"]![0]!["coding"]![0]!["code"]!,
            (string)appointment["comment"]!));
        var document = referral["contained"]!.AsArray().Single(contained => (string)contained!["resourceType"]! == "DocumentReference")!;
        Assert.Equal("PROVIDER", (string)document["type"]!["coding"]![0]!["code"]!);
    }

    [Fact]
    public async Task A_cancelled_referral_ends_its_appointment_and_takes_no_further_command()
    {
        var ubrn = await _app.BookedAsync();

        using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "cancelReferral", ErsSteps.Cancellation("INTEND_PRIVATE"), 2);

        var parameters = await response.ResourceAsync(200);
        Assert.Null(response.Headers.ETag);
        var referral = parameters.Named("updatedReferralRequest")["resource"]!.AsObject();
        Assert.Equal(("cancelled", "CANCELLED_REFERRAL", 3), ((string)referral["status"]!, referral.StateOf(), referral.VersionOf()));
        var appointment = parameters.Named("updatedAppointment")["resource"]!;
        Assert.Equal(("cancelled", "PATIENT_APPOINTMENT_CANCELLATION_OTHER"),
            ((string)appointment["status"]!, (string)appointment["reason"]![0]!["coding"]![0]!["code"]!));
        Assert.Empty(await ActionsAsync(Sample.ReferringClinician, ubrn, 3));
        using var accept = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "acceptReferral", null, 3);
        using var again = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "cancelReferral", ErsSteps.Cancellation("INTEND_PRIVATE"), 3);
        await accept.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
        await again.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
    }

    [Fact]
    public async Task An_appointment_is_read_by_its_own_id_and_version()
    {
        var ubrn = await _app.BookedAsync();
        using var read = await _app.ReadAsync(Sample.ProviderClinician, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}");
        var reference = (string)(await read.ResourceAsync(200)).Extension("Extension-eRS-Appointment-Reference-1")!["valueReference"]!["reference"]!;

        using var current = await _app.ReadAsync(Sample.ProviderClinician, ErsSteps.Stu3 + reference);
        using var version = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}{reference}/_history/0");
        using var old = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}{reference}/_history/7");
        using var former = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}Appointment/{ubrn}1");

        var appointment = await current.ResourceAsync(200);
        Assert.Equal(("booked", "W/\"0\"", 3), ((string)appointment["status"]!, current.Headers.ETag!.ToString(), appointment["participant"]!.AsArray().Count));
        Assert.Equal($"ReferralRequest/{ubrn}/_history/2", (string)appointment["incomingReferral"]![0]!["reference"]!);
        // Appointment 1 was the proposal that the booking replaced.
        Assert.Equal((200, 404, 404), ((int)version.StatusCode, (int)old.StatusCode, (int)former.StatusCode));
    }

    [Fact]
    public async Task A_referral_made_at_one_API_is_worked_and_listed_at_the_other()
    {
        // From the plain API to e-RS.
        var plain = await _app.SentAsync("50001");
        using var triaged = await _app.OperateAsync(Sample.ProviderClinician, plain, "recordReviewOutcome",
            ErsSteps.Review("ACCEPT_REFER_BOOK_LATER", priority: "URGENT"), 1);
        await triaged.ResourceAsync(200);
        using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{plain}");
        var referral = await read.JsonAsync();
        Assert.Equal(("TRIAGED_PROVIDER_TO_ACTION", "URGENT"), ((string)referral["state"]!, (string)referral["priority"]!));

        // From e-RS to the plain API.
        var ers = (await _app.CreatedAsync("11002", "50001")).IdOf();
        await _app.DrainAsync();
        Assert.Contains(ers, await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking));
        using var redirected = await _app.CommandAsync(Sample.ReferringClinician, ers, "redirect", new JsonObject { ["service"] = "50001" }, 1);
        Assert.Equal(200, (int)redirected.StatusCode);
        await _app.DrainAsync();
        Assert.Contains(ers, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"));
    }

    [Fact]
    public async Task The_roles_of_the_user_are_listed_without_caller_headers()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, ErsSteps.R4 + "PractitionerRole");
        request.Headers.Authorization = new("Bearer", await _app.TokenAsync(Sample.ReferringClinician));
        using var response = await _app.Http.SendAsync(request);

        var bundle = await response.ResourceAsync(200);
        var role = bundle["entry"]![0]!["resource"]!;
        Assert.Equal(
            (1, "PractitionerRole-D82106-021600556514", "REFERRING_CLINICIAN"),
            ((int)bundle["total"]!, (string)role["id"]!, (string)role["code"]![0]!["coding"]![0]!["code"]!));
    }

    [Fact]
    public async Task A_UBRN_is_found_by_those_who_may_read_it_only()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var identifier = $"{ErsSteps.R4}ServiceRequest?identifier=https://fhir.nhs.uk/Id/UBRN|{ubrn}";

        using var own = await _app.ReadAsync(Sample.ReferringClinician, identifier);
        using var stranger = await _app.ReadAsync(ErsSteps.Stranger, identifier);
        using var wrong = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.R4 + "ServiceRequest?identifier=elsewhere|" + ubrn);

        var request = (await own.ResourceAsync(200))["entry"]![0]!["resource"]!;
        Assert.Equal(("active", "order", ubrn), ((string)request["status"]!, (string)request["intent"]!, (string)request["identifier"]![0]!["value"]!));
        Assert.Equal(0, (int)(await stranger.ResourceAsync(200))["total"]!);
        await wrong.AssertCodesAsync(400, "REC_BAD_REQUEST");
    }

    [Fact]
    public async Task The_same_key_and_body_create_one_referral_even_at_the_same_time()
    {
        var body = ErsSteps.Creation("11002");
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());

        var responses = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            _app.PostCreationAsync(body.DeepClone(), headers: key)));
        var ids = await Task.WhenAll(responses.Select(async response => (await response.ResourceAsync(201)).IdOf()));
        using var other = await _app.PostCreationAsync(ErsSteps.Creation("11000"), headers: key);

        Assert.Single(ids.Distinct());
        await other.AssertCodesAsync(422, "CONFLICTING_VALUES");
    }

    [Theory]
    [InlineData("SPECIALTY", "CARDIOLOGY", "Cardiology")]
    [InlineData("CLINIC-TYPE", "HEART_FAILURE", "Heart Failure")]
    [InlineData("PRIORITY", "TWO_WEEK_WAIT", "Two Week Wait")]
    [InlineData("APPOINTMENT-CANCELLATION-REASON", "OTHER", "Other reason")]
    [InlineData("REFERRAL-CANCELLATION-REASON", "PATIENT_DIED", "Patient died")]
    [InlineData("APPOINTMENT-NON-ATTENDANCE-REASON", "PATIENT_FORGOT", "Patient forgot about appointment")]
    [InlineData("APPOINTMENT-NON-ATTENDANCE-REASON", "PATIENT_ILL", "Patient ill")]
    public async Task A_code_system_is_served_with_its_codes(string type, string code, string display)
    {
        using var response = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}CodeSystem/{type}");
        using var unknown = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}CodeSystem/NOTHING");

        var system = await response.ResourceAsync(200);
        Assert.Equal(display, (string)system["concept"]!.AsArray().Single(concept => (string)concept!["code"]! == code)!["display"]!);
        Assert.Equal(type, system.IdOf());
        Assert.Equal(404, (int)unknown.StatusCode);
    }

    private async Task<IReadOnlyList<string>> ActionsAsync(EReferrals.Referrals.Organisations.Actor actor, string ubrn, int version)
    {
        using var response = await _app.ReadAsync(actor, $"{ErsSteps.Stu3}Task?focus=ReferralRequest/{ubrn}/_history/{version}&intent=proposal&status=ready");
        var bundle = await response.ResourceAsync(200);
        return [.. bundle["entry"]!.AsArray().Select(entry => (string)entry!["resource"]!["code"]!["coding"]![0]!["code"]!).Order(StringComparer.Ordinal)];
    }

    private static string CodeIn(JsonNode field) => (string)field["valueCodeableConcept"]!["coding"]![0]!["code"]!;
}
