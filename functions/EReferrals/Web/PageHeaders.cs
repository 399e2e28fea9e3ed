using EReferrals.Http;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Web;

/// <summary>
/// The security headers of the clinic's page. Its own files run and nothing else: no inline code, no other host but the token issuer, no frames around it.
/// </summary>
public sealed class PageHeaders(Settings settings)
{
    /// <summary>Letters are shown from memory (<c>blob:</c>): images as images, PDF documents in the browser's own viewer.</summary>
    public string SecurityPolicy { get; } = string.Join(
        "; ",
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "frame-src blob:",
        "object-src blob:",
        $"connect-src {string.Join(' ', new[] { "'self'" }.Concat(IssuersOf(settings.Tokens)))}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'");

    internal HttpResponseData AddTo(HttpResponseData response) => response
        .WithHeader("Content-Security-Policy", SecurityPolicy)
        .WithHeader("X-Frame-Options", "DENY")
        .WithHeader("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");

    // The page reads the issuer's OpenID configuration and exchanges its code there.
    private static IEnumerable<string> IssuersOf(TokenSettings tokens) =>
        new[] { tokens.MetadataAddress.GetLeftPart(UriPartial.Authority) }
            .Concat(Uri.TryCreate(tokens.Issuer, UriKind.Absolute, out var issuer) ? [issuer.GetLeftPart(UriPartial.Authority)] : [])
            .Distinct();
}
