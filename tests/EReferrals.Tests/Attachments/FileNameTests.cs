using System.Text;
using EReferrals.Attachments.Files;
using FsCheck.Fluent;
using FsCheck;

namespace EReferrals.Tests.Attachments;

public sealed class FileNameTests
{
    [Theory]
    [InlineData("letter.pdf", "letter.pdf")]
    [InlineData("referral%20letter.pdf", "referral letter.pdf")]
    [InlineData("Brief%20f%C3%BCr%20Ren%C3%A9.pdf", "Brief für René.pdf")]
    [InlineData("Brief für René.pdf", "Brief für René.pdf")]
    [InlineData("%F0%9F%92%8A.png", "💊.png")]
    [InlineData("💊.png", "💊.png")]
    [InlineData("50%25.pdf", "50%.pdf")]
    [InlineData("a+b.pdf", "a+b.pdf")]
    public void A_name_is_read_as_it_is_or_percent_encoded(string header, string name) => Assert.Equal(name, FileName.Decode(header));

    [Theory]
    [InlineData("50% sure.pdf")]
    [InlineData("%")]
    [InlineData("%4")]
    [InlineData("a%")]
    [InlineData("a%g0.pdf")]
    [InlineData("a%+1.pdf")]
    [InlineData("a% 1.pdf")]
    [InlineData("%FF.pdf")]
    [InlineData("%C3.pdf")]
    [InlineData("%ED%A0%80.pdf")]
    [InlineData("%C0%AF.pdf")]
    public void A_broken_encoding_is_no_name(string header) => Assert.Null(FileName.Decode(header));

    [Fact]
    public void Half_a_surrogate_pair_is_no_name() => Assert.Null(FileName.Decode("a\ud800.pdf"));

    [Fact]
    public void Every_encoded_text_is_decoded_to_itself() =>
        Prop.ForAll<NonNull<string>>(text =>
        {
            var name = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
            return FileName.Decode(Uri.EscapeDataString(name)) == name;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_header_makes_the_decoder_fail_or_the_name_longer() =>
        Prop.ForAll<NonNull<string>>(header => FileName.Decode(header.Get) is not { Length: var length } || length <= header.Get.Length)
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("../secret.pdf")]
    [InlineData("a/b.pdf")]
    [InlineData("a\\b.pdf")]
    [InlineData("a\r\nSet-Cookie: x.pdf")]
    [InlineData("a\0.pdf")]
    [InlineData("a\u0085.pdf")]
    [InlineData("a\u2028.pdf")]
    [InlineData("invoice\u202Efdp.exe")]
    public void A_name_that_could_mislead_a_reader_is_refused(string name) => Assert.NotNull(FileName.Fault(name));

    [Fact]
    public void A_name_has_at_most_255_code_units()
    {
        Assert.Null(FileName.Fault(new string('a', 251) + ".pdf"));
        Assert.NotNull(FileName.Fault(new string('a', 252) + ".pdf"));
    }
}
