using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Referrals;

namespace EReferrals.Tests.Journeys;

[Collection(Journey.Name)]
public class IdempotencyTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;
    private readonly string _key = Guid.NewGuid().ToString();

    [Fact]
    public async Task One_key_sent_many_times_at_once_makes_one_referral()
    {
        var ubrns = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => _app.SubmitAsync(Some.ReferringClinician, key: _key)));
        await _app.DrainAsync();

        var ubrn = Assert.Single(ubrns.Distinct());
        Assert.Single(await _app.ListedAsync(Some.ProviderClinician, Worklist.ReferralsForReview), ubrn);
    }

    [Fact]
    public async Task A_key_is_its_organisations_own()
    {
        var here = await _app.SubmitAsync(Some.ReferringClinician, key: _key);
        var there = await _app.SubmitAsync(Some.ReferringClinician with { Organisation = "R68" }, key: _key);

        Assert.NotEqual(here, there);
    }

    [Fact]
    public async Task A_repeat_is_accepted_although_its_letter_is_taken_by_then()
    {
        var letter = await _app.UploadedAsync(Some.ReferringClinician);
        var first = await _app.SubmitAsync(Some.ReferringClinician, AttachmentSteps.Naming(letter), _key);
        await _app.DrainAsync();

        var again = await _app.SubmitAsync(Some.ReferringClinician, AttachmentSteps.Naming(letter), _key);
        using var withoutKey = await _app.PostAsync(Some.ReferringClinician, "/v1/referrals", AttachmentSteps.Naming(letter));

        Assert.Equal(first, again);
        Assert.Equal(["/attachments/0 INAPPROPRIATE_VALUE"], Problems.In(await withoutKey.ProblemAsync(422)));
    }

    [Fact]
    public async Task A_repeat_after_the_decision_changes_nothing()
    {
        var ubrn = await _app.SubmitAsync(Some.ReferringClinician, key: _key);
        await _app.DrainAsync();
        using var accepted = await _app.PostAsync(
            Some.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", "W/\"1\""));
        accepted.EnsureSuccessStatusCode();
        await _app.SubmitAsync(Some.ReferringClinician, key: _key);
        await _app.DrainAsync();

        Assert.DoesNotContain(ubrn, await _app.ListedAsync(Some.ProviderClinician, Worklist.ReferralsForReview));
        Assert.Single(await _app.ListedAsync(Some.ProviderClinician, Worklist.AppointmentsForBooking), ubrn);
    }

    [Fact]
    public async Task A_sender_who_hangs_up_in_the_middle_has_sent_nothing()
    {
        await _app.DrainAsync();
        var before = await _app.ListedAsync(Some.ReferringClinician, Worklist.AwaitingBooking);
        var body = JourneySteps.Submission().ToJsonString();
        using (var request = await _app.RequestAsync(Some.ReferringClinician, HttpMethod.Post, "/v1/referrals"))
        using (var client = new TcpClient())
        {
            var headers = string.Join("\r\n", request.Headers.Select(header => $"{header.Key}: {header.Value.Single()}"));
            await client.ConnectAsync(_app.Local.HttpAddress.Host, _app.Local.HttpAddress.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /v1/referrals HTTP/1.1\r\nHost: {_app.Local.HttpAddress.Authority}\r\n{headers}\r\nContent-Type: application/json\r\nContent-Length: {body.Length + 1}\r\n\r\n{body}"));
        }

        var after = await _app.SubmitAsync(Some.ReferringClinician);
        await _app.DrainAsync();

        Assert.Equal(before.Append(after).Order(), (await _app.ListedAsync(Some.ReferringClinician, Worklist.AwaitingBooking)).Order());
    }
}
