using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace EReferrals.Http.Html;

/// <summary>
/// What every page of the service shares: one style sheet inside the page, and a security policy that allows that style sheet and nothing else.
/// The pages have no scripts and load nothing from elsewhere.
/// </summary>
/// <param name="style">The text of the page's style element.</param>
internal sealed class HtmlPage(string style)
{
    public const string ContentType = "text/html; charset=utf-8";

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public string Style { get; } = style;

    /// <summary>For the page's meta element, which still applies when the page is opened from a disk. A meta element cannot forbid frames.</summary>
    public string PolicyInPage { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'; base-uri 'none'; form-action 'none'";

    /// <summary>For the response header <c>Content-Security-Policy</c>.</summary>
    public string Policy => $"{PolicyInPage}; frame-ancestors 'none'";

    /// <summary>Text for an element or a quoted attribute; empty for null.</summary>
    public static string Encode(string? text) => text is null ? "" : Encoder.Encode(text);
}
