using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;

namespace EReferrals.Tests.Worklists;

/// <summary>Rules that hold for every worklist after any changes in any order.</summary>
internal static class ListInvariants
{
    /// <summary>Asserts that head, feed and entries agree, and returns the version of each listed referral.</summary>
    public static async Task<IReadOnlyDictionary<Ubrn, int>> HoldAsync(WorklistReader reader, WorklistName list)
    {
        var head = await reader.HeadAsync(list, default);
        var listed = await reader.EntriesAsync(list, WorklistFilter.None, after: null, int.MaxValue, default);
        var feed = await reader.ChangesAsync(list, 0, int.MaxValue, default);

        Assert.Equal(head.Count, listed.Count);
        Assert.Equal(Enumerable.Range(1, (int)head.Version).Select(number => (long)number), feed.Select(batch => batch.Version));
        var changes = feed.SelectMany(batch => batch.Changes).ToArray();
        Assert.All(
            changes.GroupBy(change => change.Ubrn),
            ofOne => Assert.Equal(ofOne.Select(Age).Distinct().Order(), ofOne.Select(Age)));

        var followed = new Dictionary<Ubrn, int>();
        foreach (var change in changes)
        {
            if (change.Entry is null) followed.Remove(change.Ubrn);
            else followed[change.Ubrn] = change.Version;
        }

        var entries = listed.Select(entry => JsonNode.Parse(entry.Json)!).ToDictionary(
            entry => Ubrn.Parse(entry["ubrn"]!.GetValue<string>()), entry => entry["version"]!.GetValue<int>());
        Assert.Equal(entries.OrderBy(entry => entry.Key.ToString()), followed.OrderBy(entry => entry.Key.ToString()));
        return entries;
    }

    private static (int Version, int Marks) Age(ListedChange change) => (change.Version, change.Entry?.Marks ?? 0);
}
