using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Local.Identity;

/// <summary>
/// Sign-in with a browser: <c>/local/authorize</c> shows the seeded users, <c>/local/token</c> exchanges the code, <c>/local/logout</c> ends the session. A
/// session lasts as long as this process. There are no passwords, and there is no consent.
/// </summary>
internal sealed class SignIn(string seedFile, TimeProvider time)
{
    public const string ClientId = "ereferrals-page";
    public const string RedirectPath = "/app/signed-in";
    public const string SignedOutPath = "/app/signed-out";

    private const string Cookie = "local-session";
    private const string EveryRole = "*";

    private static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(1);

    private readonly Lazy<(IReadOnlyList<SeededUser> Users, IReadOnlyDictionary<string, string> Organisations)> _seed = new(() => SeededUser.Read(seedFile));
    private readonly ConcurrentDictionary<string, Session> _sessions = new();
    private readonly ConcurrentDictionary<string, Grant> _grants = new();

    public async Task AuthorizeAsync(HttpContext http)
    {
        var (request, problem) = AuthorizationRequest.Read(http.Request.Query);
        if (request is null) await RefuseAsync(http, problem!);
        else if (HttpMethods.IsPost(http.Request.Method)) await ChosenAsync(http, request);
        else if (request.Prompt != "login" && SessionOf(http) is { } session) Redirect(http, request, session);
        else if (request.Prompt == "none") http.Response.Redirect(request.Answer("error", "login_required"));
        else await ShowAsync(http);
    }

    /// <summary>Ends the session. Returns to the page when it names its address for that.</summary>
    public Task LogoutAsync(HttpContext http)
    {
        if (http.Request.Cookies[Cookie] is { } id) _sessions.TryRemove(id, out _);
        http.Response.Cookies.Delete(Cookie, CookieOptions());
        var back = AuthorizationRequest.RedirectOf(http.Request.Query["post_logout_redirect_uri"], SignedOutPath);
        http.Response.Redirect(back?.ToString() ?? "/");
        return Task.CompletedTask;
    }

    /// <summary>Returns who signed in, once for each code; null when the code, its address or its verifier is wrong.</summary>
    public Grant? Exchange(IFormCollection form)
    {
        if (!_grants.TryRemove(form["code"].ToString(), out var grant) || time.GetUtcNow() > grant.Ends) return null;
        var challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        return challenge == grant.Request.Challenge && form["redirect_uri"] == grant.Request.RedirectUri.ToString() && form["client_id"] == ClientId
            ? grant
            : null;
    }

    private Session? SessionOf(HttpContext http) => http.Request.Cookies[Cookie] is { } id ? _sessions.GetValueOrDefault(id) : null;

    private async Task ChosenAsync(HttpContext http, AuthorizationRequest request)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var choice = form["choice"].ToString().Split('|');
        var user = _seed.Value.Users.FirstOrDefault(one => one.Id == choice[0]);
        if (user is null || choice is not [_, var role] || (role != EveryRole && !user.Roles.Contains(role)))
        {
            await RefuseAsync(http, "'choice' must be a user and one of the user's roles.");
            return;
        }

        int? lifetime = int.TryParse(form["expiresIn"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
        var session = new Session(user, role == EveryRole ? user.Roles : [role], lifetime);
        var id = NewId();
        _sessions[id] = session;
        http.Response.Cookies.Append(Cookie, id, CookieOptions());
        Redirect(http, request, session);
    }

    private void Redirect(HttpContext http, AuthorizationRequest request, Session session)
    {
        var code = NewId();
        _grants[code] = new Grant(request, session, time.GetUtcNow() + CodeLifetime);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Location = request.Answer("code", code);
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
    }

    private Task ShowAsync(HttpContext http)
    {
        var page = SignInPage.Render(_seed.Value.Users, _seed.Value.Organisations, http.Request.QueryString.Value!);
        http.Response.Headers.CacheControl = "no-store";
        // No form-action: browsers apply it to the redirect after the form too, and the page may be served from another port.
        http.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'sha256-{SignInPage.StyleHash}'; base-uri 'none'; frame-ancestors 'none'";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(page, http.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext http, string problem)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return http.Response.WriteAsync($"This sign-in request is wrong: {problem}", http.RequestAborted);
    }

    private static string NewId() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(24));

    private static CookieOptions CookieOptions() => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/local" };

    /// <param name="Lifetime">The lifetime of the session's tokens in seconds; null for the default.</param>
    internal sealed record Session(SeededUser User, IReadOnlyList<string> Roles, int? Lifetime);

    internal sealed record Grant(AuthorizationRequest Request, Session Session, DateTimeOffset Ends);
}
