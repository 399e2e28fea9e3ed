using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Attachments.Files;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Referrals;

public class BlankTextTests
{
    public static TheoryData<string> Blanks { get; } = new(
        "", " ", "\u00A0\u2003\u3000", "\u200B\u200C\u200D\uFEFF", "\u00AD", "\u034F", "\u115F\u1160", "\u3164", "\uFFA0", "\u2800", "\u2028\u2029",
        "\u202E\u2066",
        "\u17B4\u17B5", "\u180B\u180E\u180F", "\uFE0F", "\U000E0020\U000E0041", "\U000E0100", "\uFFF9", "\uFFFF", "\U0001D159", "\U00016FE4", "\t\r\n",
        "\u0085");

    [Theory]
    [MemberData(nameof(Blanks))]
    public void A_text_without_visible_characters_is_blank_whatever_its_length(string text)
    {
        Assert.True(BlankText.Is(text));
        Assert.True(BlankText.Is(string.Concat(Enumerable.Repeat(text, 10_000))));
        Assert.False(BlankText.Is(text + "x"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" é ")]
    [InlineData("0")]
    [InlineData(".")]
    [InlineData("診")]
    [InlineData("\U0001F48A")]
    [InlineData("\u0301")]
    [InlineData("\u200Fשלום")]
    public void A_text_with_a_visible_character_is_not_blank(string text) => Assert.False(BlankText.Is(text));

    [Fact]
    public void No_letter_digit_or_punctuation_mark_is_blank_except_the_filler_characters()
    {
        var blank = Enumerable.Range(0, 0x110000).Where(code => code is < 0xD800 or > 0xDFFF).Select(code => new Rune(code))
            .Where(rune => (Rune.IsLetterOrDigit(rune) || Rune.IsPunctuation(rune)) && BlankText.Is(rune.ToString()));

        Assert.Equal([0x115F, 0x1160, 0x3164, 0xFFA0], blank.Select(rune => rune.Value));
    }

    [Theory]
    [MemberData(nameof(Blanks))]
    public void A_blank_text_in_a_body_is_reported_as_blank_and_not_as_too_long(string text)
    {
        var body = new JsonObject { ["reason"] = string.Concat(Enumerable.Repeat(text, 100)), ["comments"] = text };
        using var document = System.Text.Json.JsonDocument.Parse(body.ToJsonString());
        var fields = new JsonFields(document.RootElement, "", []);
        fields.Text("reason", 8, required: true, lines: true);
        fields.Text("comments", 8);

        Assert.Equal(["/reason MISSING_VALUE", "/comments INVALID_VALUE"], fields.Errors.Select(error => $"{error.Pointer} {error.Code}"));
        Assert.All(fields.Errors, error => Assert.EndsWith("is blank.", error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Blanks))]
    public void A_file_name_must_have_visible_characters(string text) => Assert.NotNull(FileName.Fault(text + ".pdf"));
}
