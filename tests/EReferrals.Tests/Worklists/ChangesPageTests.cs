using System.Buffers.Text;
using EReferrals.Http.Paging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Reading;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Worklists;

public class ChangesPageTests
{
    private static readonly CursorKeys Keys = Sample.CursorKeys;

    private static readonly WorklistName List = new(Sample.Provider, Worklist.ReferralsForReview);

    [Fact]
    public void Pages_of_any_size_return_every_change_once_and_in_order() =>
        Prop.ForAll(Gen.ListOf(Gen.Choose(1, 25)).ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (sizes, limit) =>
        {
            var all = Feed(sizes);
            var seen = new List<Ubrn>();
            var cursor = new ChangesCursor(List, 0, 0, Sample.Now);
            while (all.Where(batch => batch.Version > cursor.Version).ToArray() is { Length: > 0 } rest)
            {
                var answer = GetChangesFunction.Page(Keys, cursor, limit, rest, Sample.Now);
                seen.AddRange(answer.Changes.Select(change => change.Ubrn));
                if (answer.Changes.Count > limit) return false;
                cursor = ChangesCursor.Parse(answer.Next, Keys, List)!;
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
    public void An_invented_cursor_is_rejected(string text)
    {
        Assert.Null(ChangesCursor.Parse(text, Keys, List));
        Assert.Null(ListCursor.Parse(text, Keys, List, WorklistFilter.None));
    }

    [Fact]
    public void A_list_cursor_survives_encoding_and_decoding()
    {
        var cursor = new ListCursor(
            WorklistFilter.None, "120261125093000000000012345", new ChangesCursor(List, 7, 3, DateTimeOffset.FromUnixTimeSeconds(1_764_063_000)));

        Assert.Equal(cursor, ListCursor.Parse(cursor.Sign(Keys), Keys, List, WorklistFilter.None));
    }

    [Fact]
    public void A_cursor_of_another_list_organisation_filter_or_kind_is_rejected()
    {
        var changes = new ChangesCursor(List, 7, 3, DateTimeOffset.FromUnixTimeSeconds(1_764_063_000));
        var cursor = new ListCursor(WorklistFilter.None with { Priority = Priority.Urgent }, "120261125093000000000012345", changes);
        WorklistFilter[] filters =
        [
            WorklistFilter.None, WorklistFilter.None with { Priority = Priority.Routine }, cursor.Filter with { Service = "50001" },
            cursor.Filter with { Specialty = "CARDIOLOGY" }, cursor.Filter with { Clinician = "021600556514" },
        ];
        WorklistName[] lists = [List with { Organisation = "RCD" }, List with { List = Worklist.AppointmentSlotIssues }];

        Assert.All(filters, filter => Assert.Null(ListCursor.Parse(cursor.Sign(Keys), Keys, List, filter)));
        Assert.All(lists, list => Assert.Null(ListCursor.Parse(cursor.Sign(Keys), Keys, list, cursor.Filter)));
        Assert.All(lists, list => Assert.Null(ChangesCursor.Parse(changes.Sign(Keys), Keys, list)));
        Assert.Null(ListCursor.Parse(changes.Sign(Keys), Keys, List, WorklistFilter.None));
        Assert.Null(ChangesCursor.Parse(cursor.Sign(Keys), Keys, List));
    }

    [Fact]
    public void A_changes_cursor_of_another_release_is_recognised_as_such()
    {
        var text = new ChangesCursor(List, 7, 3, DateTimeOffset.FromUnixTimeSeconds(1_764_063_000)).Sign(Keys);
        var ofOther = Base64Url.EncodeToString([(byte)'4', .. Base64Url.DecodeFromChars(text).AsSpan(1)]);

        Assert.Null(ChangesCursor.Parse(ofOther, Keys, List));
        Assert.True(ChangesCursor.IsOutdated(ofOther, Keys, List));
        Assert.False(ChangesCursor.IsOutdated(text, Keys, List));
        Assert.True(ChangesCursor.IsOutdated(Base64Url.EncodeToString("c1 7 3 1764063000"u8), Keys, List));
        Assert.True(ChangesCursor.IsOutdated(Base64Url.EncodeToString("2 changes 3bca3d473135d6c2 7 3 1764063000"u8), Keys, List));
    }

    private static ChangeBatch[] Feed(IEnumerable<int> sizes)
    {
        var number = 0;
        return [.. sizes.Select((size, index) => new ChangeBatch(
            index + 1, [.. Enumerable.Range(0, size).Select(_ => new ListedChange(Ubrn.FromSequence(number++), 1, Entry: null))]))];
    }
}
