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
    public void A_name_is_read_plain_or_percent_encoded(string header, string name) => Assert.Equal(name, FileName.Decode(header));

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
    public void A_name_with_a_broken_encoding_is_rejected(string header) => Assert.Null(FileName.Decode(header));

    [Theory]
    [InlineData("50% sure.pdf", "50% sure.pdf")]
    [InlineData("50% b%C3%A9.pdf", "50% bé.pdf")]
    [InlineData("50%25 sure.pdf", "50% sure.pdf")]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("a%%25.pdf", "a%%.pdf")]
    [InlineData("a%g0.pdf", "a%g0.pdf")]
    [InlineData("%FF.pdf", null)]
    public void An_original_name_may_have_a_percent_sign(string header, string? name) => Assert.Equal(name, FileName.DecodeOriginal(header));

    [Fact]
    public void A_name_with_half_a_surrogate_pair_is_rejected() => Assert.Null(FileName.Decode("a\ud800.pdf"));

    [Fact]
    public void Every_encoded_name_decodes_to_the_original() =>
        Prop.ForAll<NonNull<string>>(text =>
        {
            var name = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
            return FileName.Decode(Uri.EscapeDataString(name)) == name;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_decoder_never_throws_and_never_lengthens_a_name() =>
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
    public void A_misleading_name_is_rejected(string name) => Assert.NotNull(FileName.Fault(name));

    [Theory]
    [InlineData("let\u200Bter\uFEFF.pdf")]
    [InlineData("\u200Eletter\u200F.p\u00ADdf")]
    [InlineData("le\u2060tter\u3164.pdf\u061C")]
    [InlineData("l\uFE0Fe\u180Btt\u2800er.p\U000E0101df")]
    public void Invisible_and_direction_marks_leave_a_name(string name) => Assert.Equal("letter.pdf", FileName.Visible(name));

    [Fact]
    public void A_name_in_another_script_stays_as_it_is() => Assert.Equal("Žádost 申請 💊.pdf", FileName.Visible("Žádost 申請 💊.pdf"));

    [Fact]
    public void A_name_has_at_most_255_code_units()
    {
        Assert.Null(FileName.Fault(new string('a', 251) + ".pdf"));
        Assert.NotNull(FileName.Fault(new string('a', 252) + ".pdf"));
    }
}
