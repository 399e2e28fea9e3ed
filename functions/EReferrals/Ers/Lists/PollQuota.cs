using System.Net;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Lists;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Ers.Lists;

/// <summary>
/// Limits how often an application may poll the worklists of a service each day: the setting <c>Ers__PollsPerServiceAndDay</c>. The quota must hide no list
/// in an outage: a poll that cannot be counted is allowed, and one that is not answered with the list does not count.
/// </summary>
public sealed partial class PollQuota(PollCounts counts, Settings settings, TimeProvider clock, ILogger<PollQuota> logger)
{
    /// <summary>Answers the poll, or 429 when the quota of the day in London is used up.</summary>
    public async Task<HttpResponseData> RunAsync(
        HttpRequestData request, Actor application, string service, Func<Task<HttpResponseData>> poll, CancellationToken cancellationToken)
    {
        if (settings.PollsPerServiceAndDay is not { } limit) return await poll();
        var now = clock.GetUtcNow();
        var (organisation, today) = (application.Organisation, UkTime.DateOf(now));
        var isCounted = await TryAsync(inTime => counts.TryAddAsync(organisation, service, today, limit, inTime));
        if (isCounted == false)
        {
            var tooOften = Problem.TooManyRequests(
                $"An application may poll the worklists of a service {limit} times a day. Poll again tomorrow.", WorkingDays.EndOf(today) - now);
            return await request.RespondAsync(tooOften, cancellationToken);
        }

        var isAnswered = false;
        try
        {
            var response = await poll();
            isAnswered = response.StatusCode == HttpStatusCode.OK;
            return response;
        }
        finally
        {
            if (isCounted == true && !isAnswered) await TryAsync(inTime => counts.TryTakeBackAsync(organisation, service, today, inTime));
        }
    }

    // Null when the tables do not respond in time. It does not end with the caller: what was counted must be known, so that it can be taken back.
    private async Task<bool?> TryAsync(Func<CancellationToken, Task<bool>> change)
    {
        try
        {
            return await TimeLimit.WithinAsync(clock, change);
        }
        catch (Exception ex) when (Transient.Is(ex))
        {
            Log.NotChanged(logger, ex);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3401, LogLevel.Warning, "The count of an application's polls could not be changed; a poll that is not counted is allowed")]
        public static partial void NotChanged(ILogger logger, Exception failure);
    }
}
