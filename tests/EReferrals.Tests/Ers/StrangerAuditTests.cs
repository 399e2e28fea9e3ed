using EReferrals.Ers.Endpoints;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Ers;

/// <summary>What the audit trail says of callers without a relationship to the referral that they ask for.</summary>
[Collection(Journey.Name)]
public sealed class StrangerAuditTests(SharedApp shared)
{
    /// <summary>Operations that read no referral. A new operation is taken for one that does.</summary>
    private static readonly string[] AboutNoReferral = ["A004", "A015", "A030"];

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task Every_read_of_the_e_RS_API_records_the_attempt_of_a_stranger_with_the_referral_whatever_the_answer_is()
    {
        var letter = await _app.AvailableAsync(Sample.ReferringClinician);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter));
        await _app.DrainAsync();
        var reads = ErsEndpoints.All.Where(endpoint => endpoint.Method == "get" && !AboutNoReferral.Contains(endpoint.Id))
            .SelectMany(endpoint => endpoint.Paths.Select(path => (endpoint.Id, Path: AddressOf(endpoint.Id, path, ubrn, letter))));
        foreach (var (id, path) in reads)
        {
            var correlation = Guid.NewGuid().ToString();
            using var own = await _app.ReadAsync(Sample.ProviderClinician, path);
            using var strange = await _app.ReadAsync(ErsSteps.Stranger, path, ("X-Correlation-ID", correlation));

            Assert.Equal((id, 200), (id, (int)own.StatusCode));
            var entry = Assert.Single(await _app.TrailAsync(correlation));
            Assert.Equal(
                (id, "REFUSED", ErsSteps.Stranger.User, ErsSteps.Stranger.Organisation, ubrn),
                (id, (string?)entry["what"], (string?)entry["user"], (string?)entry["organisation"], (string?)entry["ubrn"]));
            Assert.StartsWith($"{(int)strange.StatusCode}", (string?)entry["outcome"], StringComparison.Ordinal);
            Problems.AssertTellsNothing(entry.ToJsonString());
        }
    }

    private static string AddressOf(string id, string path, string ubrn, string letter)
    {
        var query = id switch
        {
            "A029" => $"?focus=ReferralRequest/{ubrn}/_history/1&intent=proposal&status=ready",
            "A041" => $"?identifier=https://fhir.nhs.uk/Id/UBRN|{ubrn}",
            _ => "",
        };
        var named = path.Replace("{ubrn}", ubrn, StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal);
        var thing = path.Contains("Binary/", StringComparison.Ordinal) ? letter : $"{ubrn}1";
        return $"/referrals/FHIR/{named.Replace("{id}", thing, StringComparison.Ordinal)}{query}";
    }
}
