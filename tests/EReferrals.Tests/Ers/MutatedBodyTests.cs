using System.Text.Json;
using System.Text.Json.Nodes;
using EReferrals.Ers.Booking;
using EReferrals.Ers.Creation;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Lists;
using EReferrals.Http.Requests;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Ers;

/// <summary>Each value of a valid body is removed, or replaced by one that does not belong there: the body is then read whole or refused with errors.</summary>
[Collection(Journey.Name)]
public class MutatedBodyTests(SharedApp shared)
{
    private const string UnknownUbrn = "000000012345";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public void A_creation_is_read_whole_or_refused() => AssertEach(ErsSteps.Creation("11002"), (body, errors) =>
        CreateReferralReader.Read(body, Sample.ReferringClinician, new Present(Sample.Now, TimeSpan.Zero), errors) is not null);

    [Theory]
    [InlineData("booked")]
    [InlineData("proposed")]
    public void A_booking_or_deferral_is_read_whole_or_refused(string status)
    {
        var referral = new JsonObject
        {
            ["id"] = UnknownUbrn,
            ["meta"] = new JsonObject { ["versionId"] = "1" },
            ["subject"] = new JsonObject { ["identifier"] = ErsSteps.Identifier("http://fhir.nhs.net/Id/nhs-number", InventedPatient.NhsNumber()) },
        };
        var slot = new JsonObject { ["id"] = "1", ["start"] = "2026-12-01T09:00:00Z", ["end"] = "2026-12-01T09:20:00Z" };
        var valid = status == "booked"
            ? BookingSteps.Booking(referral, "11002", slot, "021600556514")
            : BookingSteps.Proposal(referral, "11002", "SLOT_NOT_AVAILABLE", "Full", "1", "021600556514");

        AssertEach(valid, (body, errors) =>
        {
            if (BookingReader.Read(body, "https://ers.example/referrals/FHIR", errors, out var named) is not { } read) return false;
            Assert.Equal(UnknownUbrn, named?.Ubrn);
            Assert.True(read is { IsTriage: true } or { Deferral: not null } or { Slot: not null, Start: not null, End: not null }, body.ToString());
            return true;
        });
    }

    [Fact]
    public void A_request_for_a_list_is_read_whole_or_refused()
    {
        var valid = ErsSteps.ListRequest(
            "REFERRALS_FOR_REVIEW",
            ErsSteps.OfService("11002"),
            ErsSteps.Parameter("clinicianAssignedIndicator", "valueCodeableConcept", ErsSteps.Concept("eRS-AssignedIndicator-1", "ASSIGNED")),
            ErsSteps.Parameter("clinician", "valueIdentifier", ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", "021600556514")));

        AssertEach(valid, (body, errors) => WorklistRequest.Read(body, isApplication: true, errors, out _) is not null);
    }

    [Fact]
    public async Task No_change_of_letters_leaves_a_referral_without_any()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var files = new[] { await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn), await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn, "b.txt") };
        using var added = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(files[0]), 1);
        var version = (await added.ResourceAsync(200)).VersionOf();

        foreach (var body in MutatedBodies.Of(ErsSteps.Letters(files)))
        {
            using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", body, version);
            if ((int)response.StatusCode != 200)
            {
                Assert.NotEmpty(await response.OutcomeAsync(422));
                continue;
            }

            var referral = await response.ResourceAsync(200);
            version = referral.VersionOf();
            Assert.Contains("DocumentReference", referral["contained"]!.AsArray().Select(one => (string)one!["resourceType"]!));
        }
    }

    [Theory]
    [InlineData("rejectReferral")]
    [InlineData("recordReviewOutcome")]
    [InlineData("cancelReferral")]
    public async Task A_command_with_a_mutated_body_is_no_error_of_the_server(string operation)
    {
        var (actor, valid) = operation switch
        {
            "rejectReferral" => (Sample.ProviderClinician, ErsSteps.Rejection("OTHER", "Seen", inPas: true)),
            "recordReviewOutcome" => (Sample.ProviderClinician, ErsSteps.Review("ACCEPT_REFER_BOOK_LATER", priority: "URGENT", files: [$"{Guid.NewGuid()}"])),
            _ => (Sample.ReferringClinician, ErsSteps.Cancellation("PATIENT_DIED", "Seen")),
        };

        foreach (var body in MutatedBodies.Of(valid))
        {
            using var response = await _app.OperateAsync(actor, UnknownUbrn, operation, body, 1);

            Assert.True((int)response.StatusCode is 404 or 422, $"{(int)response.StatusCode} for {body.ToJsonString()}");
        }
    }

    // A reader returns what it read exactly if there are no errors.
    private static void AssertEach(JsonObject valid, Func<JsonElement, FhirErrors, bool> read)
    {
        Assert.True(IsRead(valid));
        Assert.All(MutatedBodies.Of(valid), body => IsRead(body));

        bool IsRead(JsonObject body)
        {
            using var document = JsonDocument.Parse(body.ToJsonString());
            var errors = new FhirErrors();
            var isRead = read(document.RootElement, errors);
            Assert.True(isRead != errors.Any, body.ToJsonString());
            return isRead;
        }
    }
}
