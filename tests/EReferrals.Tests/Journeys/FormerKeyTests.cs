using System.Text;
using EReferrals.Http.Requests;
using EReferrals.Intake;
using EReferrals.Processing;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Journeys;

/// <summary>Repeats of requests that a previous release accepted with its former request hash. Remove these tests together with the former hash.</summary>
[Collection(Journey.Name)]
public class FormerKeyTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;
    private readonly string _key = Guid.NewGuid().ToString();

    [Fact]
    public async Task A_submission_accepted_by_the_previous_release_keeps_its_number_when_it_is_repeated()
    {
        var body = JourneySteps.Submission().ToJsonString();
        var accepted = await TakeAsync();
        await Keys.RecordAsync(Sample.ReferringOrganisation, IdempotencyKey.Hash(_key, Encoding.UTF8.GetBytes(body)), accepted, default);

        using var again = await SendAsync(Sample.ReferringClinician, "/v1/referrals", body);
        using var other = await SendAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission("ROUTINE").ToJsonString());

        Assert.Equal(accepted.ToString(), (string)(await again.JsonAsync())["ubrn"]!);
        Assert.Equal(["Idempotency-Key CONFLICTING_VALUES"], Problems.In(await other.ProblemAsync(422)));
    }

    [Fact]
    public async Task A_command_carried_out_by_the_previous_release_is_not_carried_out_again()
    {
        const string body = "{}";
        var ubrn = Ubrn.Parse(await _app.SubmitAsync(Sample.ReferringClinician));
        await _app.DrainAsync();
        var path = $"/v1/referrals/{ubrn}/accept";
        var table = _app.Services.GetRequiredService<ReferralTable>();
        var read = (await table.FindAsync(ubrn, default))!;
        var accepted = (Decision.Changed)ReferralRules.Decide(
            read.Referral, new Command.Accept(null, null), Sample.ProviderClinician, DateTimeOffset.UtcNow, "some");
        Assert.True(await table.CommitAsync(read, accepted, IdempotencyKey.Hash(_key, Encoding.UTF8.GetBytes($"{path}\0{body}")), default));

        using var again = await SendAsync(Sample.ProviderClinician, path, body);
        using var other = await SendAsync(Sample.ProviderClinician, path, """{ "comments": "Clinic" }""");

        Assert.Equal((200, "W/\"2\""), ((int)again.StatusCode, again.Headers.ETag?.ToString()));
        Assert.Equal(["Idempotency-Key CONFLICTING_VALUES"], Problems.In(await other.ProblemAsync(422)));
    }

    [Fact]
    public async Task A_submission_accepted_by_both_releases_creates_one_referral()
    {
        var body = "the body"u8.ToArray();
        var key = IdempotencyKey.Hash(_key, body);
        var before = Sample.Submission() with { Ubrn = await TakeAsync(), Idempotency = key };
        var after = before with
        {
            Ubrn = await TakeAsync(),
            Idempotency = new Idempotency(key.KeyHash, "of another form") { FormerBodyHash = IdempotencyKey.FormerBodyHash(body) },
        };
        var processing = ActivatorUtilities.GetServiceOrCreateInstance<SubmissionProcessing>(_app.Services);

        await processing.ProcessAsync(before, default);
        await processing.ProcessAsync(after, default);

        var found = await _app.Services.GetRequiredService<ReferralTable>().FindAsync(after.Ubrn, default);
        Assert.Equal(before.Ubrn, found?.Referral.Ubrn);
    }

    private IdempotencyTable Keys => _app.Services.GetRequiredService<IdempotencyTable>();

    private Task<Ubrn> TakeAsync() => _app.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default);

    private async Task<HttpResponseMessage> SendAsync(Actor actor, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _app.SendAsync(actor, HttpMethod.Post, path, content, ("If-Match", "W/\"1\""), ("Idempotency-Key", _key));
    }
}
