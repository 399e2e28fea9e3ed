using System.Text;
using EReferrals.Attachments.Files;
using EReferrals.Attachments;
using FsCheck.Fluent;
using FsCheck;

namespace EReferrals.Tests.Attachments;

public sealed class FileTypesTests
{
    private const string Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    private static readonly (string ContentType, byte[] Bytes)[] Samples =
    [
        ("text/plain", "Dear colleague"u8.ToArray()),
        ("text/plain", "Müller, 37 °C"u8.ToArray()),
        ("text/plain", Encoding.Latin1.GetBytes("Müller, 37 °C\r\n\tseen today")),
        ("application/pdf", "%PDF-1.7\n"u8.ToArray()),
        ("application/pdf", "\r\n%PDF-1.4\n"u8.ToArray()),
        ("text/xml", "<?xml version=\"1.0\"?><a/>"u8.ToArray()),
        ("text/xml", "\uFEFF <a/>"u8.ToArray()),
        ("text/xml", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("<a/>")]),
        ("text/xml", [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("<a/>")]),
        ("text/rtf", "{\\rtf1\\ansi}"u8.ToArray()),
        ("audio/basic", [.. ".snd"u8, 0, 0, 0, 24]),
        ("audio/mpeg", [.. "ID3"u8, 4, 0]),
        ("audio/mpeg", [0xFF, 0xFB, 0x90, 0x44]),
        ("audio/mpeg", [0xFF, 0xF3, 0x44, 0xC4]),
        ("image/png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]),
        // As large as the picture in the published examples of NHS e-RS.
        ("image/png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A]),
        ("image/gif", "GIF89a"u8.ToArray()),
        ("image/gif", "GIF87a"u8.ToArray()),
        ("image/jpeg", [0xFF, 0xD8, 0xFF, 0xE0]),
        ("image/tiff", [0x49, 0x49, 42, 0]),
        ("image/tiff", [0x4D, 0x4D, 0, 42]),
        ("video/mpeg", [0, 0, 1, 0xBA]),
        ("video/mpeg", [0, 0, 1, 0xB3]),
        ("application/msword", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        (Docx, [.. "PK"u8, 3, 4, 20]),
        ("application/dicom", [.. new byte[128], .. "DICM"u8]),
    ];

    public static TheoryData<string, byte[]> Genuine
    {
        get
        {
            var rows = new TheoryData<string, byte[]>();
            foreach (var (contentType, bytes) in Samples) rows.Add(contentType, bytes);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Genuine))]
    public void Content_of_each_type_matches_its_declared_type(string contentType, byte[] bytes) => Assert.True(FileTypes.BytesAgree(contentType, bytes));

    [Fact]
    public void The_tests_have_genuine_content_for_every_allowed_type() =>
        Assert.Equal(FileTypes.ContentTypes, Samples.Select(sample => sample.ContentType).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Genuine))]
    public void Content_of_a_binary_type_matches_no_other_type(string contentType, byte[] bytes)
    {
        string[] texts = ["text/plain", "text/xml", "text/rtf"];

        var others = FileTypes.ContentTypes.Where(other => other != contentType && !texts.Contains(other));

        Assert.All(others, other => Assert.False(FileTypes.BytesAgree(other, bytes)));
    }

    [Fact]
    public void Truncated_content_matches_no_type()
    {
        foreach (var (contentType, bytes) in Samples.Where(sample => sample.ContentType is not ("text/plain" or "text/xml")))
        {
            Assert.False(FileTypes.BytesAgree(contentType, []));
            Assert.False(FileTypes.BytesAgree(contentType, bytes.AsSpan(0, 2)));
        }
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("\0")]
    public void A_text_file_contains_no_null_byte(string text) => Assert.False(FileTypes.BytesAgree("text/plain", Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_picture_is_not_accepted_as_text() => Assert.False(FileTypes.BytesAgree("text/plain", [0xFF, 0xD8, 0xFF, 0xE0, 0x01, 0x10]));

    [Theory]
    [InlineData("<html xmlns=\"http://www.w3.org/1999/xhtml\"><script>alert(1)</script></html>")]
    [InlineData("<?xml version=\"1.0\"?><HTML/>")]
    [InlineData("<!DOCTYPE html><a/>")]
    [InlineData("<a><b:script xmlns:b=\"http://www.w3.org/1999/xhtml\">alert(1)</b:script></a>")]
    public void An_XHTML_page_is_not_an_XML_file(string page)
    {
        Assert.False(FileTypes.BytesAgree("text/xml", Encoding.UTF8.GetBytes(page)));
        Assert.False(FileTypes.BytesAgree("text/xml", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(page)]));
    }

    [Theory]
    [InlineData("<a xmlns=\"http://www.w3.org/1999/&#120;html\"><script>alert(1)</script></a>")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>")]
    [InlineData("<!DOCTYPE a [<!ATTLIST a xmlns CDATA #FIXED \"http://www.w3.org/1999/&#120;html\">]><a><script>alert(1)</script></a>")]
    [InlineData("<b><a xmlns=\"http://www.w3.org/1999/&#120;html\"><script>alert(1)</script></a></c>")]
    [InlineData("<a xmlns:x='urn:one' xmlns = 'http://www.w3.org/2000/&#x73;vg'/>")]
    [InlineData("<?xml version=\"1.1\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>")]
    [InlineData("<?xml version=\"1.0\" encoding=\"windows-1252\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>")]
    [InlineData("<?xml-stylesheet href=\"#s\"?><r><s:stylesheet xmlns:s=\"http://www.w3.org/1999/XSL/Transform\"/></r>")]
    public void An_XML_file_has_no_scripts_that_a_browser_would_run(string page) =>
        Assert.False(FileTypes.BytesAgree("text/xml", Encoding.UTF8.GetBytes(page)));

    [Fact]
    public void XML_of_any_depth_is_looked_through_without_a_parser()
    {
        var deep = string.Concat(Enumerable.Repeat("<a>", 1_500_000));
        var model = $"<!DOCTYPE r [<!ELEMENT r {new string('(', 1_000_000)}a{string.Concat(Enumerable.Repeat(")*", 1_000_000))}>]><r/>";

        Assert.All(new[] { deep, model }, xml => Assert.True(FileTypes.BytesAgree("text/xml", Encoding.ASCII.GetBytes(xml))));
    }

    [Fact]
    public void A_page_behind_a_long_comment_is_not_an_XML_file() => Assert.False(FileTypes.BytesAgree(
        "text/xml", Encoding.UTF8.GetBytes($"<!--{new string(' ', 100_000)}--><a xmlns=\"http://www.w3.org/1999/xhtml\"/>")));

    [Theory]
    [InlineData("<!DOCTYPE report SYSTEM \"report.dtd\"><report/>")]
    [InlineData("<?xml-stylesheet href=\"CDA.xsl\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\"><text><![CDATA[<p>]]></text></ClinicalDocument>")]
    [InlineData("<report>with a fault")]
    public void Other_XML_is_accepted_as_it_is(string xml) => Assert.True(FileTypes.BytesAgree("text/xml", Encoding.UTF8.GetBytes(xml)));

    [Fact]
    public void An_XML_file_begins_with_an_element() => Assert.False(FileTypes.BytesAgree("text/xml", "Dear colleague <a/>"u8));

    [Fact]
    public void Every_Unicode_text_without_null_is_accepted_as_text() =>
        Prop.ForAll<NonNull<string>>(text =>
            FileTypes.BytesAgree("text/plain", Encoding.UTF8.GetBytes(text.Get.Replace("\0", "", StringComparison.Ordinal))))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void The_check_never_throws_for_random_bytes() =>
        Prop.ForAll<byte[]>(bytes => FileTypes.ContentTypes.All(type => FileTypes.BytesAgree(type, bytes) || true)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("application/pdf", "letter.pdf", true)]
    [InlineData("application/pdf", "letter.PDF", true)]
    [InlineData("application/pdf", "letter.pdf.exe", false)]
    [InlineData("application/pdf", "letter", false)]
    [InlineData("application/pdf", "letter.pdf.", false)]
    [InlineData("application/pdf", "pdf", false)]
    [InlineData("application/pdf", "letter.docx", false)]
    [InlineData("image/jpeg", "rash.jpe", true)]
    [InlineData("image/jpeg", "rash.png", false)]
    [InlineData("text/rtf", "letter.rtx", true)]
    public void The_file_extension_must_match_the_type(string contentType, string name, bool agrees) =>
        Assert.Equal(agrees, FileTypes.NameAgrees(contentType, name));

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/zip")]
    [InlineData("message/rfc822")]
    [InlineData("application/octet-stream")]
    [InlineData("APPLICATION/PDF")]
    public void Other_types_are_rejected(string contentType) => Assert.False(FileTypes.IsAllowed(contentType));
}
