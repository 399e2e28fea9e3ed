using System.Buffers.Text;
using System.Text;
using EReferrals.Http.Paging;
using EReferrals.Security.Keys;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Http;

public sealed class CursorTests
{
    private static readonly DatedKey Old = KeyOf(2026, 5);
    private static readonly DatedKey New = KeyOf(2026, 11);
    private static readonly DatedKey Next = KeyOf(2027, 5);

    private readonly Cursor _cursor = CursorOf([New, Old]);

    [Fact]
    public void A_cursor_with_one_changed_character_is_rejected() =>
        Prop.ForAll(Gen.Choose(0, 10_000).ToArbitrary(), Gen.Choose(33, 126).ToArbitrary(), (at, character) =>
        {
            var text = _cursor.Encode("120261125093000000000012345", "7").ToCharArray();
            var changed = text.ToArray();
            changed[at % text.Length] = (char)character;
            return changed.SequenceEqual(text) || _cursor.Decode(new string(changed)) is null;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_cursor_whose_position_was_edited_is_rejected()
    {
        var plain = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(_cursor.Encode("7", "0")));

        var edited = Base64Url.EncodeToString(Encoding.ASCII.GetBytes(plain.Replace(" 7 0 ", " 8 0 ", StringComparison.Ordinal)));

        Assert.Null(_cursor.Decode(edited));
        Assert.False(_cursor.IsOutdated(edited));
    }

    [Fact]
    public void A_truncated_cursor_is_rejected()
    {
        var text = _cursor.Encode("7", "0");

        Assert.All(Enumerable.Range(0, text.Length), length => Assert.Null(_cursor.Decode(text[..length])));
    }

    [Fact]
    public void A_cursor_is_valid_only_for_the_list_that_it_was_issued_for()
    {
        var text = CursorOf([New], "list", "R69", null).Encode("7");

        Assert.Equal(["7"], CursorOf([New], "list", "R69", null).Decode(text)!);
        Assert.All(
            [
                CursorOf([New], "list", "R69", ""), CursorOf([New], "list", "R69"), CursorOf([New], "list", "RCD", null), CursorOf([New], "list", "R6", "9"),
                CursorOf([New], "list", null, "R69"), CursorOf([New], "changes", "R69", null),
            ],
            other => Assert.Null(other.Decode(text)));
    }

    [Fact]
    public void A_cursor_signed_with_an_older_key_is_valid_while_the_key_is_listed_and_then_tells_its_reader_to_start_again()
    {
        var text = CursorOf([Old]).Encode("7");

        Assert.Equal(["7"], CursorOf([New, Old]).Decode(text)!);
        Assert.False(CursorOf([New, Old]).IsOutdated(text));
        Assert.Null(CursorOf([New]).Decode(text));
        Assert.True(CursorOf([New]).IsOutdated(text));
    }

    [Fact]
    public void A_cursor_signed_with_another_secret_of_the_same_day_is_rejected() =>
        Assert.Null(CursorOf([New with { Secret = new byte[32] }]).Decode(_cursor.Encode("7")));

    [Fact]
    public void A_new_key_verifies_before_its_day_and_signs_from_it()
    {
        var clock = new FakeTimeProvider(Sample.Now);
        var keys = new CursorKeys([Next, New, Old], clock);

        Assert.Equal(New, keys.Signing);
        Assert.Equal(["7"], Cursor.Create(keys, "list").Decode(Cursor.Create(new CursorKeys([Next], clock), "list").Encode("7"))!);
        clock.SetUtcNow(new DateTimeOffset(2027, 5, 20, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(Next, keys.Signing);
    }

    [Fact]
    public void Instances_without_keys_tell_the_readers_of_each_other_to_start_again()
    {
        var others = CursorOf([DatedKey.OfThisInstance()]).Encode("7");

        Assert.True(CursorOf([DatedKey.OfThisInstance()]).IsOutdated(others));
    }

    private static DatedKey KeyOf(int year, int month) => new(new DateOnly(year, month, 20), [.. Enumerable.Range(month, 32).Select(each => (byte)each)]);

    private static Cursor CursorOf(DatedKey[] keys, string kind = "list", params string?[] parts) =>
        Cursor.Create(new CursorKeys(keys, new FakeTimeProvider(Sample.Now)), kind, parts);
}
