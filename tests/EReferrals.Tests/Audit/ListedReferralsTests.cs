using System.Text.Json;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Referrals.Values;
using EReferrals.Security.Keys;

namespace EReferrals.Tests.Audit;

public sealed class ListedReferralsTests
{
    private static readonly DatedKey Old = new(new DateOnly(2026, 1, 1), [.. Enumerable.Repeat((byte)1, 32)]);
    private static readonly DatedKey New = new(new DateOnly(2026, 6, 1), [.. Enumerable.Repeat((byte)2, 32)]);

    [Fact]
    public void Every_referral_of_a_list_has_its_digest_and_no_other_has()
    {
        var shown = ListedReferrals.From(Ubrns(0, 400)).By(Old).Single();

        Assert.Equal((400, "2026-01-01", 400 * UbrnDigest.Length), (shown.Count, shown.Key, shown.Digests.Length));
        Assert.All(Ubrns(0, 400), ubrn => Assert.True(shown.Has(UbrnDigest.Of(ubrn, Old))));
        Assert.All(Ubrns(400, 400), ubrn => Assert.False(shown.Has(UbrnDigest.Of(ubrn, Old))));
        Assert.All(Ubrns(0, 400), ubrn => Assert.False(shown.Has(UbrnDigest.Of(ubrn, New))));
    }

    [Fact]
    public void A_digest_that_begins_within_another_one_does_not_count()
    {
        var shown = new ShownReferrals(2, "2026-01-01", "abcdefghijkl" + "mnopqrstuvwx");

        Assert.Equal((true, true, false), (shown.Has("abcdefghijkl"), shown.Has("mnopqrstuvwx"), shown.Has("ghijklmnopqr")));
    }

    [Fact]
    public void A_referral_that_an_answer_shows_twice_counts_once_and_an_empty_answer_has_an_entry_too()
    {
        Assert.Equal(1, ListedReferrals.From([.. Ubrns(0, 1), .. Ubrns(0, 1)]).By(Old).Single().Count);
        Assert.Equal((0, ""), (ListedReferrals.None.By(Old).Single().Count, ListedReferrals.None.By(Old).Single().Digests));
    }

    [Fact]
    public void A_list_that_is_too_long_for_one_entry_has_several_that_fit_into_a_message_behind_a_full_batch()
    {
        const int batch = 160 * 1024, message = 256 * 1024, properties = 8 * 1024;
        var parts = ListedReferrals.From(Ubrns(0, 10_000)).By(Old);

        Assert.Equal([1, 2, 3, 4], parts.Select(part => part.Part ?? 0));
        Assert.All(parts, part => Assert.Equal(10_000, part.Count));
        Assert.All(parts, part => Assert.InRange(LineOf(part).Length, 1, message - batch - properties));
        Assert.All(Ubrns(0, 10_000), ubrn => Assert.Single(parts, part => part.Has(UbrnDigest.Of(ubrn, Old))));
    }

    [Fact]
    public void Digests_are_computed_once_for_each_key()
    {
        var listed = ListedReferrals.From(Ubrns(0, 100));

        var first = listed.By(Old);
        Assert.Same(first, listed.By(Old));
        Assert.Equal("2026-06-01", listed.By(New).Single().Key);
    }

    [Fact]
    public void Without_keys_entries_are_complete_and_the_search_still_finds_them()
    {
        var keys = new DigestKeys([DigestKeys.Public], TimeProvider.System);
        var repaired = new DigestKeys([New, Old], TimeProvider.System);

        var shown = ListedReferrals.From(Ubrns(0, 1)).By(keys.Current).Single();

        Assert.Contains(repaired.All, key => key.Id == shown.Key && shown.Has(UbrnDigest.Of(Ubrns(0, 1).Single(), key)));
        Assert.Equal(["2026-06-01", "2026-01-01", "0001-01-01"], repaired.All.Select(key => key.Id));
    }

    private static byte[] LineOf(ShownReferrals part)
    {
        var text = new string('x', 100);
        var entry = new AuditEntry
        {
            What = AuditedAction.PackRead, Shown = part, User = text, Organisation = text, Role = text, Worklist = text, Filters = text + text, Link = text,
            Function = text, CorrelationId = text, RequestId = text,
        };
        return JsonSerializer.SerializeToUtf8Bytes(entry, AuditJson.Default.AuditEntry);
    }

    private static Ubrn[] Ubrns(int first, int count) => [.. Enumerable.Range(first, count).Select(number => Ubrn.FromSequence(number))];
}
