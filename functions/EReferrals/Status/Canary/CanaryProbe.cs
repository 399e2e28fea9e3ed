using System.Net;
using System.Text.Json;
using EReferrals.Intake;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Status.Health;
using EReferrals.Storage.Tables;
using EReferrals.Worklists.Reading;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Canary;

/// <summary>
/// A test referral that goes the way of every referral: the function that takes submissions, the queues, the tables, and the function that a
/// hospital polls. 1 send, 2 poll until it is there, 3 record, 4 take off the list whatever was there, 5 delete what canaries left. A stop anywhere
/// leaves a canary on the list of an organisation that does not exist, where the next run finds it. Nobody reads the copies of that list, and they are
/// made like all others: in a quiet night they show that copies are made at all.
/// </summary>
public sealed partial class CanaryProbe(
    SubmitReferralFunction intake,
    GetWorklistFunction worklist,
    ServiceTable services,
    ReferralBus bus,
    CanaryRows rows,
    CanaryWatch watch,
    ServiceStatus status,
    TimeProvider clock,
    ILogger<CanaryProbe> logger)
{
    /// <summary>A run must be over before the next one begins.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    private static readonly Worklist[] Lists = [Worklist.ReferralsForReview, Worklist.AwaitingBooking];

    private static readonly Actor Sender = new("canary", ReservedOrganisation.Canary, Role.ReferringClinician);
    private static readonly Actor Receiver = new("canary", ReservedOrganisation.Canary, Role.ServiceProviderClinician);

    private static readonly Service Target = new()
    {
        Id = "999999999999999999",
        Name = "Test referrals of the service itself",
        Provider = ReservedOrganisation.Canary,
        Specialty = "CANARY",
        Priorities = [Priority.TwoWeekWait],
        RequestTypes = [RequestType.TriageRequest],
    };

    // Of the priority that is shed last: when it does not get in, nothing does. No key: it would leave a row of its own, and nobody sends this a
    // second time. The letter will not come, so that two lists show it, not three.
    private static readonly string Submission = $$"""
        { "patient": { "nhsNumber": "9990000018", "familyName": "Canary", "givenName": "Test" }, "service": "{{Target.Id}}", "priority": "TWO_WEEK_WAIT",
          "reason": "A test referral of the service itself. There is no patient.", "letter": "NOT_INTENDING_TO_ADD" }
        """;

    public async Task ProbeAsync(FunctionContext context, CancellationToken cancellationToken)
    {
        var travel = Travel.Lost;
        try
        {
            travel = await TravelAsync(context, cancellationToken);
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            // Any failure at all is the finding; the record is how people learn of it.
            Log.Lost(logger, ex);
        }

        var report = await status.GetAsync();
        var sample = CanarySample.From(clock.GetUtcNow(), travel.Took, travel.Awaited, report.Queues);
        await watch.RecordAsync(new CanaryRun(sample, travel.Late), cancellationToken);
        await RemoveAsync(travel.Listed, context, cancellationToken);
    }

    private async Task<Travel> TravelAsync(FunctionContext context, CancellationToken cancellationToken)
    {
        if (await services.EnsureUnlistedAsync(Target, cancellationToken) is { Provider: not ReservedOrganisation.Canary } taken)
        {
            Log.ServiceTaken(logger, taken.Id, taken.Provider);
            return Travel.Lost;
        }

        var before = await PollAsync(context, etag: null, cancellationToken);
        var now = clock.GetUtcNow();
        var late = before?.Entries.ToDictionary(entry => entry.Ubrn, entry => now - entry.Received) ?? [];
        var sent = await SendAsync(context, cancellationToken);
        var took = sent is null ? null : await WaitAsync(context, sent, before?.Tag, cancellationToken);
        return new Travel(took, took is null ? sent?.Ubrn : null, late, took is null ? [.. late.Keys] : [.. late.Keys, sent!.Ubrn]);
    }

    private async Task<Sent?> SendAsync(FunctionContext context, CancellationToken cancellationToken)
    {
        var request = new OwnRequest(context, "POST", "/v1/referrals", Submission);
        request.Headers.Add("Content-Type", "application/json");
        context.SetActor(Sender);
        var begun = clock.GetTimestamp();
        var response = await intake.SubmitAsync(request, context, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Accepted)
        {
            using var body = Read(response);
            return new Sent(Ubrn.Parse(body.RootElement.GetProperty("ubrn").GetString()!), clock.GetTimestamp());
        }

        Log.NotAccepted(logger, (int)response.StatusCode, clock.GetElapsedTime(begun).TotalMilliseconds);
        return null;
    }

    /// <summary>How long it took; null when it has not arrived.</summary>
    private async Task<TimeSpan?> WaitAsync(FunctionContext context, Sent sent, string? etag, CancellationToken cancellationToken)
    {
        while (clock.GetElapsedTime(sent.AcceptedAt) < Patience)
        {
            if (await PollAsync(context, etag, cancellationToken) is { } page)
            {
                if (page.Entries.Any(entry => entry.Ubrn == sent.Ubrn)) return clock.GetElapsedTime(sent.AcceptedAt);
                etag = page.Tag;
            }

            await Task.Delay(PollEvery, clock, cancellationToken);
        }

        Log.NotArrived(logger, sent.Ubrn, Patience.TotalSeconds);
        return null;
    }

    /// <summary>As a hospital's system polls. Null when nothing has changed, or when the list cannot be read.</summary>
    private async Task<Page?> PollAsync(FunctionContext context, string? etag, CancellationToken cancellationToken)
    {
        var list = Code.From(Worklist.ReferralsForReview);
        var request = new OwnRequest(context, "GET", $"/v1/worklists/{list}");
        if (etag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", etag);
        context.SetActor(Receiver);
        var response = await worklist.GetAsync(request, list, context, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK) return null;
        using var body = Read(response);
        // A copy from memory or a snapshot would prove nothing.
        if (body.RootElement.GetProperty("source").GetString() != "live") return null;
        var entries = body.RootElement.GetProperty("entries").EnumerateArray().Select(entry =>
            new Listed(Ubrn.Parse(entry.GetProperty("ubrn").GetString()!), entry.GetProperty("received").GetDateTimeOffset()));
        return new Page([.. entries], response.Headers.GetValues("ETag").Single());
    }

    // Off the list on the way that every change takes; then the rows. Later than every version, so that what comes late changes nothing.
    private async Task RemoveAsync(IReadOnlyList<Ubrn> canaries, FunctionContext context, CancellationToken cancellationToken)
    {
        foreach (var ubrn in canaries.Distinct())
        {
            var removals = Lists.Select(list =>
                new WorklistChange(new WorklistName(ReservedOrganisation.Canary, list), ubrn, int.MaxValue, Entry: null));
            await bus.AnnounceAsync([.. removals], context.InvocationId, cancellationToken);
            await rows.DeleteReferralAsync(ubrn, cancellationToken);
        }

        foreach (var list in Lists) await rows.SweepAsync(list, cancellationToken);
    }

    private static JsonDocument Read(HttpResponseData response)
    {
        response.Body.Position = 0;
        return JsonDocument.Parse(response.Body);
    }

    /// <param name="Took">From acceptance to the worklist; null when it did not get there.</param>
    /// <param name="Awaited">It, if it was accepted and did not get there.</param>
    /// <param name="Late">Earlier ones that were there before it, and how long they had taken until then.</param>
    /// <param name="Listed">All that are to be taken off the list.</param>
    private sealed record Travel(TimeSpan? Took, Ubrn? Awaited, IReadOnlyDictionary<Ubrn, TimeSpan> Late, IReadOnlyList<Ubrn> Listed)
    {
        public static Travel Lost { get; } = new(null, null, new Dictionary<Ubrn, TimeSpan>(), []);
    }

    private sealed record Sent(Ubrn Ubrn, long AcceptedAt);

    private sealed record Listed(Ubrn Ubrn, DateTimeOffset Received);

    private sealed record Page(IReadOnlyList<Listed> Entries, string Tag);

    private static partial class Log
    {
        [LoggerMessage(5031, LogLevel.Error, "The canary was not accepted: {Status} after {Milliseconds:0} ms")]
        public static partial void NotAccepted(ILogger logger, int status, double milliseconds);

        [LoggerMessage(5032, LogLevel.Error, "Canary {Ubrn} was accepted and has not reached its worklist within {Seconds} s")]
        public static partial void NotArrived(ILogger logger, Ubrn ubrn, double seconds);

        [LoggerMessage(5033, LogLevel.Error, "The canary did not get through")]
        public static partial void Lost(ILogger logger, Exception failure);

        [LoggerMessage(5034, LogLevel.Error, "Service {Service} belongs to {Provider}: it is reserved for the canary, which does not run. Give that service another id")]
        public static partial void ServiceTaken(ILogger logger, string service, string provider);
    }
}
