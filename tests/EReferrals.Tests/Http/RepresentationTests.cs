using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Security.Keys;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Http;

public sealed class RepresentationTests
{
    private static readonly DatedKey Old = KeyOf(5);
    private static readonly DatedKey New = KeyOf(11);

    private readonly Representation _list = ListOf([New, Old], "R69:A_LIST");

    [Fact]
    public void Only_a_version_that_was_shown_is_read_from_a_tag() =>
        Prop.ForAll(Gen.Choose(1, 100_000).ToArbitrary(), Gen.Choose(1, 100_000).ToArbitrary(), (shown, claimed) =>
        {
            var tag = _list.TagAt(shown);
            var edited = tag.Replace($"-{shown}\"", $"-{claimed}\"", StringComparison.Ordinal);
            return _list.NewestKnown($"\"other\", {tag}") == shown && _list.NewestKnown(edited) == (claimed == shown ? shown : 0);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_tag_of_another_list_names_no_version() => Assert.Equal(0, _list.NewestKnown(ListOf([New, Old], "RAE:A_LIST").TagAt(7)));

    [Fact]
    public void A_tag_with_an_earlier_key_still_names_its_version() => Assert.Equal(7, _list.NewestKnown(ListOf([Old], "R69:A_LIST").TagAt(7)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("W/\"-7\"")]
    [InlineData("W/\"a-999999999999999999999\"")]
    public void A_header_that_is_no_tag_names_no_version(string? header) => Assert.Equal(0, _list.NewestKnown(header));

    private static Representation ListOf(IReadOnlyList<DatedKey> keys, string list) =>
        Representation.Signed(new CursorKeys(keys, new FakeTimeProvider(Sample.Now)), list, "page");

    private static DatedKey KeyOf(int month) => new(new DateOnly(2026, month, 1), [.. Enumerable.Repeat((byte)month, DatedKey.MinSecret)]);
}
