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
/// Sends a test referral (canary) through the same path as every referral: the submission function, the queues, the tables, and the worklist function that
/// a hospital polls. Steps: 1 send it, 2 poll until it is on the worklist, 3 record the result, 4 remove all canaries from the list, 5 delete the rows that
/// canaries leave. A stop at any step leaves a canary on the worklist of a reserved organisation, where the next run finds it. The snapshots of that
/// worklist have no readers, but show in quiet hours that the service still writes snapshots.
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
    /// <summary>How long a run waits for its canary. A run must end before the next one starts.</summary>
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

    // Overload sheds this priority last: when the canary is refused, so is every referral. There is no idempotency key, because it would leave a row, and
    // the canary is never retried. The letter is declined, so that the referral is on two lists instead of three.
    private static readonly string Submission = $$"""
        { "patient": { "nhsNumber": "9990000018", "familyName": "Canary", "givenName": "Test" }, "service": "{{Target.Id}}", "priority": "TWO_WEEK_WAIT",
          "reason": "A test referral of the service itself. There is no patient.", "letter": "NOT_INTENDING_TO_ADD" }
        """;

    public async Task ProbeAsync(FunctionContext context, CancellationToken cancellationToken)
    {
        var result = ProbeResult.Lost;
        try
        {
            result = await SendAndWaitAsync(context, cancellationToken);
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            // Any exception counts as a lost canary, and the record reports it.
            Log.Lost(logger, ex);
        }

        var report = await status.GetAsync();
        var sample = CanarySample.From(clock.GetUtcNow(), result.Took, result.Awaited, report.Queues);
        await watch.RecordAsync(new CanaryRun(sample, result.Late), cancellationToken);
        await RemoveAsync(result.Listed, context, cancellationToken);
    }

    private async Task<ProbeResult> SendAndWaitAsync(FunctionContext context, CancellationToken cancellationToken)
    {
        if (await services.EnsureUnlistedAsync(TargetEntry(context), cancellationToken) is { Provider: not ReservedOrganisation.Canary } taken)
        {
            Log.ServiceTaken(logger, taken.Id, taken.Provider);
            return ProbeResult.Lost;
        }

        var before = await PollAsync(context, etag: null, cancellationToken);
        var now = clock.GetUtcNow();
        var late = before?.Entries.ToDictionary(entry => entry.Ubrn, entry => now - entry.Received) ?? [];
        var sent = await SendAsync(context, cancellationToken);
        var took = sent is null ? null : await WaitAsync(context, sent, before?.Tag, cancellationToken);
        return new ProbeResult(took, took is null ? sent?.Ubrn : null, late, took is null ? [.. late.Keys] : [.. late.Keys, sent!.Ubrn]);
    }

    private DirectoryEntry TargetEntry(FunctionContext context) => DirectoryEntry.WithoutApproval(
        Target, new ServiceChange(ServiceAction.Created, clock.GetUtcNow(), Actor.System, context.InvocationId));

    private async Task<Sent?> SendAsync(FunctionContext context, CancellationToken cancellationToken)
    {
        var request = new OwnRequest(context, "POST", "/v1/referrals", Submission);
        request.Headers.Add("Content-Type", "application/json");
        context.SetActor(Sender);
        var startedAt = clock.GetTimestamp();
        var response = await intake.SubmitAsync(request, context, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Accepted)
        {
            using var body = Read(response);
            return new Sent(Ubrn.Parse(body.RootElement.GetProperty("ubrn").GetString()!), clock.GetTimestamp());
        }

        Log.NotAccepted(logger, (int)response.StatusCode, clock.GetElapsedTime(startedAt).TotalMilliseconds);
        return null;
    }

    /// <summary>The time from acceptance to the worklist; null when the canary has not arrived in time.</summary>
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

    /// <summary>Polls the worklist as a hospital's system does. Null when it has not changed, or when it cannot be read live.</summary>
    private async Task<Page?> PollAsync(FunctionContext context, string? etag, CancellationToken cancellationToken)
    {
        var list = Code.From(Worklist.ReferralsForReview);
        var request = new OwnRequest(context, "GET", $"/v1/worklists/{list}");
        if (etag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", etag);
        context.SetActor(Receiver);
        var response = await worklist.GetAsync(request, list, context, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK) return null;
        using var body = Read(response);
        // A copy from memory or from a snapshot would prove nothing.
        if (body.RootElement.GetProperty("source").GetString() != "live") return null;
        var entries = body.RootElement.GetProperty("entries").EnumerateArray().Select(entry =>
            new Listed(Ubrn.Parse(entry.GetProperty("ubrn").GetString()!), entry.GetProperty("received").GetDateTimeOffset()));
        return new Page([.. entries], response.Headers.GetValues("ETag").Single());
    }

    // Removes the canary from the lists through the queue, like every change, then deletes its rows. The removal has the highest version, so that messages
    // that arrive later change nothing.
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

    /// <param name="Took">The time from acceptance to the worklist; null when the canary did not arrive.</param>
    /// <param name="Awaited">The canary that was accepted but did not arrive; else null.</param>
    /// <param name="Late">Earlier canaries that were already on the list, and their age at that time.</param>
    /// <param name="Listed">All canaries to remove from the list.</param>
    private sealed record ProbeResult(TimeSpan? Took, Ubrn? Awaited, IReadOnlyDictionary<Ubrn, TimeSpan> Late, IReadOnlyList<Ubrn> Listed)
    {
        public static ProbeResult Lost { get; } = new(null, null, new Dictionary<Ubrn, TimeSpan>(), []);
    }

    private sealed record Sent(Ubrn Ubrn, long AcceptedAt);

    private sealed record Listed(Ubrn Ubrn, DateTimeOffset Received);

    private sealed record Page(IReadOnlyList<Listed> Entries, string Tag);

    private static partial class Log
    {
        [LoggerMessage(2201, LogLevel.Error, "The canary was refused: {Status} after {Milliseconds:0} ms")]
        public static partial void NotAccepted(ILogger logger, int status, double milliseconds);

        [LoggerMessage(2202, LogLevel.Error, "Canary {Ubrn} was accepted but did not reach its worklist within {Seconds} s")]
        public static partial void NotArrived(ILogger logger, Ubrn ubrn, double seconds);

        [LoggerMessage(2203, LogLevel.Error, "The canary failed")]
        public static partial void Lost(ILogger logger, Exception failure);

        [LoggerMessage(
            2204,
            LogLevel.Error,
            "The canary cannot run: {Provider} uses service id {Service}, which is reserved for the canary. Give that service another id")]
        public static partial void ServiceTaken(ILogger logger, string service, string provider);
    }
}
