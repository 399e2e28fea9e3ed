using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Retention;
using EReferrals.Storage.Lists;

namespace EReferrals.Retention.Sweeping;

/// <summary>Deletes old changes from the feeds of quiet lists. A busy list does it itself.</summary>
internal sealed class FeedSweep(WorklistReader worklists, FeedRetention feeds) : ISweep
{
    private const int ListsAtOnce = 50;

    public SweepPart Part => SweepPart.Feeds;

    public async Task<SweepStep> StepAsync(string? place, SweepContext context, CancellationToken cancellationToken)
    {
        var found = new List<SweepFinding>();
        var lists = 0;
        // In the order of their names.
        await foreach (var list in worklists.AllAsync(place, cancellationToken))
        {
            if (list.Organisation != ReservedOrganisation.Canary)
            {
                var old = context.Deletes ? await feeds.DropAllOldAsync(list, cancellationToken) : await feeds.CountOldAsync(list, cancellationToken);
                found.AddRange(Enumerable.Repeat(new SweepFinding(RetentionKind.ChangeFeeds, list.ToString(), context.Deletes), old));
            }

            if (++lists == ListsAtOnce) return new SweepStep(list.ToString(), found);
        }

        return new SweepStep(null, found);
    }
}
