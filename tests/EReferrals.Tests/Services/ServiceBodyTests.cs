using System.Text.Json;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Services;

namespace EReferrals.Tests.Services;

public sealed class ServiceBodyTests
{
    private const string Full = """
        { "id": "50001", "name": "Cardiology Triage Service", "provider": "RCD", "site": "RCD01", "specialty": "CARDIOLOGY",
          "clinicTypes": ["HEART_FAILURE"], "priorities": ["TWO_WEEK_WAIT", "ROUTINE"], "requestTypes": ["TRIAGE_REQUEST"],
          "bookable": "DIRECTLY_BOOKABLE", "ageFrom": 18, "ageTo": 150, "gender": "MALE_AND_FEMALE", "instructions": "One\nTwo",
          "contact": "0113 496 0000", "fax": "0113 496 0001", "open": false }
        """;

    private const string Least = """
        { "name": "N", "provider": "RCD", "specialty": "CARDIOLOGY", "priorities": ["ROUTINE"], "requestTypes": ["APPOINTMENT_REQUEST"] }
        """;

    [Fact]
    public void A_complete_definition_is_read()
    {
        var (service, errors) = Read(Full);

        Assert.Empty(errors);
        Assert.Equal("50001", service!.Id);
        Assert.Equal("RCD01", service.Site);
        Assert.Equal(["HEART_FAILURE"], service.ClinicTypes);
        Assert.Equal([Priority.TwoWeekWait, Priority.Routine], service.Priorities);
        Assert.Equal([RequestType.TriageRequest], service.RequestTypes);
        Assert.Equal(Bookable.DirectlyBookable, service.Bookable);
        Assert.Equal((18, 150), (service.AgeFrom, service.AgeTo));
        Assert.Equal(GenderTreated.MaleAndFemale, service.Gender);
        Assert.Equal("One\nTwo", service.Instructions);
        Assert.False(service.Open);
    }

    [Fact]
    public void A_service_is_open_by_default()
    {
        var (service, errors) = Read(Least);

        Assert.Empty(errors);
        Assert.True(service!.Open);
        Assert.Equal(Bookable.Unspecified, service.Bookable);
    }

    [Fact]
    public void All_errors_are_reported_at_once()
    {
        var (service, errors) = Read("""
            { "id": "50002", "name": " ", "provider": "rcd", "site": "Leeds", "specialty": "heart", "clinicTypes": ["A", "a b"],
              "priorities": [], "requestTypes": ["FAX"], "bookable": "YES", "ageFrom": 18, "ageTo": 17, "gender": 1, "instructions": null,
              "fax": "1\n2", "open": "yes", "opne": true }
            """);

        Assert.Null(service);
        Assert.Equal(
            [
                ("/id", "CONFLICTING_VALUES"), ("/name", "MISSING_VALUE"), ("/provider", "INVALID_VALUE"), ("/site", "INVALID_VALUE"),
                ("/specialty", "INVALID_VALUE"), ("/clinicTypes/1", "INVALID_VALUE"), ("/priorities", "MISSING_VALUE"),
                ("/requestTypes/0", "INVALID_CODE"), ("/bookable", "INVALID_CODE"), ("/ageTo", "CONFLICTING_VALUES"),
                ("/gender", "INVALID_VALUE"), ("/instructions", "INVALID_VALUE"), ("/fax", "INVALID_VALUE"), ("/open", "INVALID_VALUE"),
                ("/opne", "UNEXPECTED_FIELD"),
            ],
            errors.Select(error => (error.Pointer, error.Code)));
    }

    [Fact]
    public void Missing_members_are_reported() =>
        Assert.Equal(
            ["/name", "/provider", "/specialty", "/priorities", "/requestTypes"],
            Read("{}").Errors.Select(error => error.Pointer));

    [Theory]
    [InlineData("\"ageFrom\": -1")]
    [InlineData("\"ageTo\": 151")]
    [InlineData("\"ageTo\": 1.5")]
    [InlineData("\"ageFrom\": \"18\"")]
    public void An_age_is_a_whole_number_of_years(string age) =>
        Assert.Equal("INVALID_VALUE", Assert.Single(Read(Least.Replace("\"name\"", $"{age}, \"name\"", StringComparison.Ordinal)).Errors).Code);

    private static (Service? Service, IReadOnlyList<FieldError> Errors) Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var fields = new JsonFields(document.RootElement, pointer: "", []);
        var service = ServiceBody.Read(fields, "50001");
        fields.RefuseOthers();
        return (fields.Errors.Count == 0 ? service : null, fields.Errors);
    }
}
