using EReferrals.Referrals;
using EReferrals.Storage;
using EReferrals.Worklists;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Worklists;

public class ChangesPageTests
{
    [Fact]
    public void Pages_of_any_size_give_every_change_once_and_in_order() =>
        Prop.ForAll(Gen.ListOf(Gen.Choose(1, 25)).ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (sizes, limit) =>
        {
            var all = Feed(sizes);
            var seen = new List<Ubrn>();
            var cursor = new ChangesCursor(0, 0, Some.Now);
            while (all.Where(batch => batch.Version > cursor.Version).ToArray() is { Length: > 0 } rest)
            {
                var answer = GetChangesFunction.Page(cursor, limit, rest, Some.Now);
                seen.AddRange(answer.Changes.Select(change => change.Ubrn));
                if (answer.Changes.Count > limit) return false;
                cursor = ChangesCursor.Parse(answer.Next)!;
                if (answer.More != (seen.Count < sizes.Sum())) return false;
            }

            return seen.SequenceEqual(all.SelectMany(batch => batch.Changes).Select(change => change.Ubrn));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAA")]
    [InlineData("YzEgLTEgMCAw")]
    [InlineData("YzEgOTk5OTk5OTk5OTk5OTk5OTk5OTkgMCAw")]
    public void A_cursor_that_nobody_issued_is_none(string text)
    {
        Assert.Null(ChangesCursor.Parse(text));
        Assert.Null(ListCursor.Parse(text));
    }

    [Fact]
    public void A_list_cursor_survives_the_way_to_the_caller_and_back()
    {
        var cursor = new ListCursor("120261125093000000000012345", new ChangesCursor(7, 3, DateTimeOffset.FromUnixTimeSeconds(1_764_063_000)));

        Assert.Equal(cursor, ListCursor.Parse(cursor.ToString()));
    }

    private static ChangeBatch[] Feed(IEnumerable<int> sizes)
    {
        var number = 0;
        return [.. sizes.Select((size, index) => new ChangeBatch(
            index + 1, [.. Enumerable.Range(0, size).Select(_ => new ListedChange(Ubrn.FromSequence(number++), 1, Entry: null))]))];
    }
}
