using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;

namespace EReferrals.Tests.Journeys;

[Collection(Journey.Name)]
public class IdempotencyTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;
    private readonly string _key = Guid.NewGuid().ToString();

    [Fact]
    public async Task Concurrent_submissions_with_one_key_create_one_referral()
    {
        var ubrns = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => _app.SubmitAsync(Sample.ReferringClinician, key: _key)));
        await _app.DrainAsync();

        var ubrn = Assert.Single(ubrns.Distinct());
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), ubrn);
    }

    [Fact]
    public async Task A_key_used_for_one_operation_on_one_resource_is_rejected_for_every_other()
    {
        var (one, other) = (await _app.SubmitAsync(Sample.ReferringClinician), await _app.SubmitAsync(Sample.ReferringClinician));
        await _app.DrainAsync();
        var service = new JsonObject { ["service"] = "51002" };
        (string Name, Func<string, Task<HttpResponseMessage>> Send)[] operations =
        [
            ("submission", key => _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(key: key), ("Idempotency-Key", key))),
            ("command", key => _app.CommandAsync(Sample.ReferringClinician, one, "redirect", service, 1, key)),
            ("the same command elsewhere", key => _app.CommandAsync(Sample.ReferringClinician, other, "redirect", service, 1, key)),
            (
                "another command",
                key => _app.CommandAsync(Sample.ReferringClinician, one, "cancel", new JsonObject { ["reason"] = "REFERRED_IN_ERROR" }, 1, key)),
            ("upload", UploadAsync),
        ];
        foreach (var (first, send) in operations)
        {
            var key = Guid.NewGuid().ToString();
            using var used = await send(key);
            Assert.False((int)used.StatusCode >= 500, first);
            foreach (var (second, sendElsewhere) in operations.Where(operation => operation.Name != first))
            {
                using var refused = await sendElsewhere(key);
                Assert.Equal((first, second, "Idempotency-Key CONFLICTING_VALUES"), (first, second, Problems.In(await refused.ProblemAsync(422)).Single()));
            }

            using var repeated = await send(key);
            Assert.Equal(used.StatusCode, repeated.StatusCode);
        }
    }

    [Fact]
    public async Task A_repeated_upload_with_one_key_returns_the_same_attachment_and_another_file_needs_another_key()
    {
        using var first = await UploadAsync(_key);
        using var again = await UploadAsync(_key);
        using var other = await UploadAsync(_key, "another letter");
        using var withoutKey = await UploadAsync(key: null);

        var id = (string)(await first.JsonAsync())["id"]!;
        Assert.Equal(id, (string)(await again.JsonAsync())["id"]!);
        Assert.NotEqual(id, (string)(await withoutKey.JsonAsync())["id"]!);
        Assert.Equal(["Idempotency-Key CONFLICTING_VALUES"], Problems.In(await other.ProblemAsync(422)));
    }

    private Task<HttpResponseMessage> UploadAsync(string? key) => UploadAsync(key, "one letter");

    private async Task<HttpResponseMessage> UploadAsync(string? key, string text)
    {
        using var file = new StringContent(text, Encoding.UTF8, "text/plain");
        (string, string)[] headers = [("NHSD-eRS-File-Name", "letter.txt"), .. key is null ? Array.Empty<(string, string)>() : [("Idempotency-Key", key)]];
        return await _app.SendAsync(Sample.ReferringClinician, HttpMethod.Post, "/v1/attachments", file, headers);
    }

    [Fact]
    public async Task A_key_is_scoped_to_its_organisation()
    {
        var here = await _app.SubmitAsync(Sample.ReferringClinician, key: _key);
        var there = await _app.SubmitAsync(Sample.ReferringClinician with { Organisation = "R68" }, key: _key);

        Assert.NotEqual(here, there);
    }

    [Fact]
    public async Task A_repeated_submission_is_accepted_although_its_letter_is_already_attached()
    {
        var letter = await _app.UploadedAsync(Sample.ReferringClinician);
        var first = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter), _key);
        await _app.DrainAsync();

        var again = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter), _key);
        using var withoutKey = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", AttachmentSteps.Naming(letter));

        Assert.Equal(first, again);
        Assert.Equal(["/attachments/0 INAPPROPRIATE_VALUE"], Problems.In(await withoutKey.ProblemAsync(422)));
    }

    [Fact]
    public async Task A_submission_repeated_after_the_decision_changes_nothing()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, key: _key);
        await _app.DrainAsync();
        using var accepted = await _app.PostAsync(
            Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", "W/\"1\""));
        accepted.EnsureSuccessStatusCode();
        await _app.SubmitAsync(Sample.ReferringClinician, key: _key);
        await _app.DrainAsync();

        Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.AppointmentsForBooking), ubrn);
    }

    [Fact]
    public async Task A_request_whose_sender_disconnects_midway_has_no_effect()
    {
        await _app.DrainAsync();
        var before = await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking);
        var body = JourneySteps.Submission().ToJsonString();
        using (var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Post, "/v1/referrals"))
        using (var client = new TcpClient())
        {
            var headers = string.Join("\r\n", request.Headers.Select(header => $"{header.Key}: {header.Value.Single()}"));
            await client.ConnectAsync(_app.Local.HttpAddress.Host, _app.Local.HttpAddress.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /v1/referrals HTTP/1.1\r\nHost: {_app.Local.HttpAddress.Authority}\r\n{headers}\r\nContent-Type: application/json\r\nContent-Length: "
                    + $"{body.Length + 1}\r\n\r\n{body}"));
        }

        var after = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();

        Assert.Equal(before.Append(after).Order(), (await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking)).Order());
    }
}
