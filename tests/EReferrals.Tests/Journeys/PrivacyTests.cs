using System.Text;
using System.Text.Json.Nodes;

namespace EReferrals.Tests.Journeys;

[Collection(UsesStoppableApp.Name)]
public class PrivacyTests(StoppableApp stoppable)
{
    private readonly RunningApp _app = stoppable.App;

    [Fact]
    public async Task Patient_data_is_never_logged_in_normal_work_refusals_or_outages()
    {
        var letter = await _app.UploadedAsync(Sample.ReferringClinician, "Dear Zebedee", ("NHSD-eRS-Referral-ID", "000000000000"));
        using var notJson = await SendAsync("""{"patient":{"nhsNumber":"9912003888","familyName":"Zebedee"},"reason":"Zebedee fell" """);
        using var refused = await SendAsync("""{"patient":{"nhsNumber":"9912003888","familyName":"Zebedee\u0000"},"Zebedee":"9912003888"}""");
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, Zebedee());
        await stoppable.SettleAsync();
        using var accepted = await _app.PostAsync(
            Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject { ["comments"] = "Zebedee must come" },
            ("If-Match", "W/\"1\""), ("X-Correlation-ID", "Zebedee-1"));
        using var forbidden = await _app.GetAsync(Sample.ReferringAdmin, $"/v1/referrals/{ubrn}", ("X-Correlation-ID", "Zebedee-2"));
        await using (await stoppable.WithoutRecordsAsync())
        {
            await _app.SubmitAsync(Sample.ReferringClinician, Zebedee());
            using var unreachable = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}", ("X-Correlation-ID", "Zebedee-3"));
            using var upload = await _app.UploadAsync(Sample.ReferringClinician, "Dear Zebedee"u8.ToArray(), "Zebedee.txt");
            Assert.Equal((503, 503), ((int)unreachable.StatusCode, (int)upload.StatusCode));
        }

        await stoppable.SettleAsync();

        Assert.Equal((400, 422, 200), ((int)notJson.StatusCode, (int)refused.StatusCode, (int)accepted.StatusCode));
        Assert.Contains(stoppable.Log, line => line.Contains(letter, StringComparison.Ordinal));
        Assert.Contains(stoppable.Log, line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.All(stoppable.Log, line =>
        {
            Assert.DoesNotContain("Zebedee", line, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("9912003888", line, StringComparison.Ordinal);
            Assert.DoesNotContain("1980-02-01", line, StringComparison.Ordinal);
            Assert.DoesNotContain("Bearer ey", line, StringComparison.Ordinal);
        });
    }

    private static JsonObject Zebedee()
    {
        var submission = JourneySteps.Submission();
        submission["patient"] = new JsonObject { ["nhsNumber"] = "9912003888", ["familyName"] = "Zebedee", ["birthDate"] = "1980-02-01" };
        submission["reason"] = "Zebedee fell off his horse";
        return submission;
    }

    private async Task<HttpResponseMessage> SendAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", content);
    }
}
