using System.Globalization;
using EReferrals.Attachments.Files;
using EReferrals.Attachments;
using FsCheck.Fluent;
using FsCheck;

namespace EReferrals.Tests.Attachments;

public sealed class ByteRangeTests
{
    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=0-9", 0, 10)]
    [InlineData("bytes=0-99", 0, 10)]
    [InlineData("bytes=4-", 4, 6)]
    [InlineData("bytes=9-", 9, 1)]
    [InlineData("bytes=-1", 9, 1)]
    [InlineData("bytes=-99", 0, 10)]
    [InlineData("Bytes=2-3", 2, 2)]
    [InlineData("bytes= 2-3 ", 2, 2)]
    [InlineData("bytes=2-99999999999999999999999", 2, 8)]
    [InlineData("bytes=-99999999999999999999999", 0, 10)]
    public void A_single_range_returns_that_part(string header, int start, int length) =>
        Assert.Equal(new ByteRange.Part(start, length), ByteRange.Parse(header, 10));

    [Theory]
    [InlineData("bytes=10-")]
    [InlineData("bytes=10-20")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=99999999999999999999999-")]
    public void A_range_beyond_the_end_cannot_be_satisfied(string header) =>
        Assert.IsType<ByteRange.Unsatisfiable>(ByteRange.Parse(header, 10));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("bytes")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=5")]
    [InlineData("bytes=5-4")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=+1-2")]
    [InlineData("bytes=0-1,4-5")]
    [InlineData("lines=0-1")]
    public void A_header_that_is_not_one_range_is_ignored(string? header) => Assert.IsType<ByteRange.Whole>(ByteRange.Parse(header, 10));

    [Fact]
    public void A_part_always_lies_within_the_body() =>
        Prop.ForAll<NonNegativeInt, NonNegativeInt, PositiveInt>((first, last, size) =>
            ByteRange.Parse(string.Create(CultureInfo.InvariantCulture, $"bytes={first.Get}-{last.Get}"), size.Get) switch
            {
                ByteRange.Part part => part.Start == first.Get && part.Length >= 1 && part.Start + part.Length <= size.Get,
                ByteRange.Unsatisfiable => first.Get >= size.Get,
                _ => last.Get < first.Get,
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Two_adjacent_ranges_make_up_the_whole_body() =>
        Prop.ForAll<byte[], PositiveInt>((body, cut) =>
        {
            if (body.Length < 2) return true;
            var at = cut.Get % (body.Length - 1) + 1;
            var head = (ByteRange.Part)ByteRange.Parse(string.Create(CultureInfo.InvariantCulture, $"bytes=0-{at - 1}"), body.Length);
            var tail = (ByteRange.Part)ByteRange.Parse(string.Create(CultureInfo.InvariantCulture, $"bytes={at}-"), body.Length);
            return body.AsSpan(head.Start, head.Length).ToArray().Concat(body.AsSpan(tail.Start, tail.Length).ToArray()).SequenceEqual(body);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_part_states_its_position_in_Content_Range() => Assert.Equal("bytes 2-4/10", new ByteRange.Part(2, 3).ContentRange(10));
}
