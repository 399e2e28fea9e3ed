using Hl7.Fhir.Model;
using Task = System.Threading.Tasks.Task;

namespace EReferrals.Tests.Ers;

/// <summary>The R4 responses as the official library reads them. Every other test of R4 parses its responses in the same way.</summary>
[Collection(Journey.Name)]
public class R4Tests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task The_official_library_reads_the_roles_of_the_user()
    {
        using var response = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.R4 + "PractitionerRole");

        var bundle = await ParsedAsync<Bundle>(response, 200);
        var role = Assert.IsType<PractitionerRole>(Assert.Single(bundle.Entry).Resource);
        Assert.Equal(bundle.Timestamp, role.Meta!.LastUpdated);
        Assert.Equal(
            (1, Bundle.BundleType.Searchset, Sample.ReferringOrganisation, "REFERRING_CLINICIAN"),
            (bundle.Total, bundle.Type, role.Organization!.Identifier!.Value, role.Code[0].Coding[0].Code));
    }

    [Fact]
    public async Task The_official_library_reads_the_request_with_a_UBRN()
    {
        var created = await _app.CreatedAsync("11002");

        using var response = await _app.ReadAsync(Sample.ReferringClinician, Search(created.IdOf()));

        var bundle = await ParsedAsync<Bundle>(response, 200);
        var request = Assert.IsType<ServiceRequest>(Assert.Single(bundle.Entry).Resource);
        Assert.Equal(
            (created.IdOf(), "1", RequestStatus.Active, RequestIntent.Order, BookingSteps.PatientOf(created)),
            (request.Identifier[0].Value, request.Meta!.VersionId, request.Status, request.Intent, request.Subject!.Identifier!.Value));
    }

    [Fact]
    public async Task The_official_library_reads_an_empty_bundle()
    {
        var created = await _app.CreatedAsync("11002");

        using var response = await _app.ReadAsync(ErsSteps.Stranger, Search(created.IdOf()));

        var bundle = await ParsedAsync<Bundle>(response, 200);
        Assert.Equal((0, 0), (bundle.Total, bundle.Entry.Count));
    }

    [Theory]
    [InlineData("Binary/x", 400, OperationOutcome.IssueType.Invalid)]
    [InlineData("Binary/5b2f8c1e-7a43-4d0b-9e55-2f1c6d7a8b91", 404, OperationOutcome.IssueType.NotFound)]
    [InlineData("ServiceRequest", 400, OperationOutcome.IssueType.Required)]
    public async Task The_official_library_reads_a_refusal(string path, int status, OperationOutcome.IssueType type)
    {
        using var response = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.R4 + path);

        var outcome = await ParsedAsync<OperationOutcome>(response, status);
        Assert.Equal(
            (OperationOutcome.IssueSeverity.Error, type), (Assert.Single(outcome.Issue).Severity, outcome.Issue[0].Code));
    }

    [Fact]
    public async Task The_official_library_reads_the_refusal_of_an_unknown_caller()
    {
        using var response = await _app.Http.GetAsync(new Uri(ErsSteps.R4 + "PractitionerRole", UriKind.Relative));

        var outcome = await ParsedAsync<OperationOutcome>(response, 401);
        Assert.Equal(OperationOutcome.IssueType.Login, Assert.Single(outcome.Issue).Code);
    }

    [Theory]
    [InlineData("PractitionerRole")]
    [InlineData("ServiceRequest?identifier=000000012345")]
    public async Task A_search_result_has_an_id_and_says_when_it_was_made(string search)
    {
        var before = DateTimeOffset.UtcNow.AddMinutes(-1);
        using var response = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.R4 + search);

        var bundle = await ParsedAsync<Bundle>(response, 200);
        Assert.True(Guid.TryParse(bundle.Id, out _));
        Assert.Equal(bundle.Timestamp, bundle.Meta!.LastUpdated);
        Assert.InRange(bundle.Timestamp!.Value, before, DateTimeOffset.UtcNow.AddMinutes(1));
    }

    private static string Search(string ubrn) => $"{ErsSteps.R4}ServiceRequest?identifier=https://fhir.nhs.uk/Id/UBRN|{ubrn}";

    private static async System.Threading.Tasks.Task<T> ParsedAsync<T>(HttpResponseMessage response, int status) where T : Resource
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status}: {text}");
        return OfficialR4.Parse<T>(text);
    }
}
