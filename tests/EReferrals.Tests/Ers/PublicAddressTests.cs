using EReferrals.Tests.Operations;

namespace EReferrals.Tests.Ers;

/// <summary>The host in the links of this API, of a service that names its address in the settings.</summary>
[Collection(UsesStrictApp.Name)]
public sealed class PublicAddressTests(StrictApp strict)
{
    [Fact]
    public async Task The_links_have_the_address_of_the_settings_whatever_host_the_request_names()
    {
        using var answer = await strict.App.ReadAsync(
            Sample.ProviderClinician, ErsSteps.Stu3 + "CodeSystem/SPECIALTY", ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("https://ers.example.org/referrals/FHIR", text, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", text, StringComparison.Ordinal);
    }
}
