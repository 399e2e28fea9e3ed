using System.Net;
using System.Security.Claims;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Net.Http.Headers;

namespace EReferrals.LocalRuntime.Host;

internal sealed class LocalHttpRequest(LocalFunctionContext context, HttpInput input) : HttpRequestData(context)
{
    public override Stream Body => input.Body;

    public override HttpHeadersCollection Headers => input.Headers;

    public override IReadOnlyCollection<IHttpCookie> Cookies =>
        Headers.TryGetValues("Cookie", out var lines) && CookieHeaderValue.TryParseList([.. lines], out var cookies)
            ? [.. cookies.Select(cookie => new HttpCookie(cookie.Name.ToString(), cookie.Value.ToString()))]
            : [];

    public override Uri Url => input.Url;

    public override IEnumerable<ClaimsIdentity> Identities => [];

    public override string Method => input.Method;

    public override HttpResponseData CreateResponse() => new LocalHttpResponse(FunctionContext);
}

internal sealed class LocalHttpResponse(Microsoft.Azure.Functions.Worker.FunctionContext context) : HttpResponseData(context)
{
    private LocalHttpCookies? cookies;

    public override HttpStatusCode StatusCode { get; set; } = HttpStatusCode.OK;

    public override HttpHeadersCollection Headers { get; set; } = [];

    public override Stream Body { get; set; } = new MemoryStream();

    public override HttpCookies Cookies => cookies ??= new LocalHttpCookies(this);
}

internal sealed class LocalHttpCookies(LocalHttpResponse response) : HttpCookies
{
    public override void Append(string name, string value) => Append(new HttpCookie(name, value));

    public override void Append(IHttpCookie cookie)
    {
        var header = new SetCookieHeaderValue(cookie.Name, cookie.Value)
        {
            Domain = cookie.Domain,
            Path = cookie.Path,
            Expires = cookie.Expires,
            HttpOnly = cookie.HttpOnly ?? false,
            Secure = cookie.Secure ?? false,
            MaxAge = cookie.MaxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            SameSite = cookie.SameSite switch
            {
                SameSite.Lax => Microsoft.Net.Http.Headers.SameSiteMode.Lax,
                SameSite.Strict => Microsoft.Net.Http.Headers.SameSiteMode.Strict,
                SameSite.ExplicitNone => Microsoft.Net.Http.Headers.SameSiteMode.None,
                _ => Microsoft.Net.Http.Headers.SameSiteMode.Unspecified,
            },
        };
        response.Headers.TryAddWithoutValidation("Set-Cookie", header.ToString());
    }

    public override IHttpCookie CreateNew() => new HttpCookie("", "");
}
