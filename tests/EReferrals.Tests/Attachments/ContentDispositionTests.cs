using System.Net.Http.Headers;
using EReferrals.Attachments.Files;
using EReferrals.Attachments;
using FsCheck.Fluent;
using FsCheck;

namespace EReferrals.Tests.Attachments;

public sealed class ContentDispositionTests
{
    [Theory]
    [InlineData("letter.pdf", "attachment; filename=\"letter.pdf\"; filename*=UTF-8''letter.pdf")]
    [InlineData("a b.pdf", "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf")]
    [InlineData("naïve €.pdf", "attachment; filename=\"na_ve _.pdf\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.pdf")]
    [InlineData("💊.png", "attachment; filename=\"_.png\"; filename*=UTF-8''%F0%9F%92%8A.png")]
    [InlineData("a\"b;c.pdf", "attachment; filename=\"a_b;c.pdf\"; filename*=UTF-8''a%22b%3Bc.pdf")]
    [InlineData("50%25.pdf", "attachment; filename=\"50_25.pdf\"; filename*=UTF-8''50%2525.pdf")]
    public void A_download_is_named_in_ascii_and_in_utf8(string name, string header) => Assert.Equal(header, ContentDisposition.From(name));

    [Theory]
    [InlineData("letter.pdf", "attachment; filename=\"letter.pdf\"; filename*=UTF-8''letter.pdf")]
    [InlineData("naïve €.pdf", "attachment; filename=\"=?UTF-8?Q?na=C3=AFve=20=E2=82=AC.pdf?=\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.pdf")]
    [InlineData("\"é\\?=_.pdf", "attachment; filename=\"=?UTF-8?Q?=22=C3=A9=5C=3F=3D=5F.pdf?=\"; filename*=UTF-8''%22%C3%A9%5C%3F%3D_.pdf")]
    public void The_e_RS_API_names_a_download_as_an_encoded_word_when_it_is_not_ascii(string name, string header) =>
        Assert.Equal(header, ContentDisposition.WithEncodedWord(name));

    [Fact]
    public void Every_accepted_name_is_returned_unchanged() =>
        Prop.ForAll<NonNull<string>>(text =>
        {
            var name = text.Get + ".pdf";
            if (FileName.Fault(name) is not null || name.Any(char.IsSurrogate)) return true;
            return ContentDispositionHeaderValue.Parse(ContentDisposition.From(name)).FileNameStar == name;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_header_is_always_printable_ASCII() =>
        Prop.ForAll<NonNull<string>>(name => ContentDisposition.From(name.Get).All(character => character is >= ' ' and < '\u007F'))
            .QuickCheckThrowOnFailure();
}
