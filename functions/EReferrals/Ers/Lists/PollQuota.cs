using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;

namespace EReferrals.Ers.Lists;

/// <summary>Limits how often an application may poll the worklists of a service each day: the setting <c>Ers__PollsPerServiceAndDay</c>.</summary>
public sealed class PollQuota(PollCounts counts, Settings settings, TimeProvider clock)
{
    /// <summary>Counts a poll. Returns the problem (429) when the quota of the day in London is used up; null when the poll is allowed.</summary>
    public async Task<Problem?> WhyNotAsync(Actor application, string service, CancellationToken cancellationToken)
    {
        if (settings.PollsPerServiceAndDay is not { } limit) return null;
        var now = clock.GetUtcNow();
        var today = UkTime.DateOf(now);
        if (await counts.TryAddAsync(application.Organisation, service, today, limit, cancellationToken)) return null;
        return Problem.TooManyRequests(
            $"An application may poll the worklists of a service {limit} times a day. Poll again tomorrow.", WorkingDays.EndOf(today) - now);
    }
}
