namespace EReferrals.Local.Identity;

/// <summary>The parameters of <c>GET /local/authorize</c>: OpenID Connect, authorization code with PKCE.</summary>
internal sealed record AuthorizationRequest(string ClientId, Uri RedirectUri, string Challenge, string? State, string? Nonce, string? Prompt)
{
    /// <summary>Returns the request, or what is wrong with it. A wrong request is never answered with a redirect.</summary>
    public static (AuthorizationRequest? Request, string? Problem) Read(IQueryCollection query)
    {
        if (query.FirstOrDefault(parameter => parameter.Value.Count > 1).Key is { } repeated) return (null, $"'{repeated}' must be given once.");
        if (query["response_type"] != "code") return (null, "'response_type' must be code.");
        if (query["client_id"] != SignIn.ClientId) return (null, $"'client_id' must be {SignIn.ClientId}.");
        if (query["code_challenge_method"] != "S256") return (null, "'code_challenge_method' must be S256.");
        if (query["code_challenge"].ToString() is not { Length: 43 } challenge) return (null, "'code_challenge' must be a SHA-256 in base64url.");
        if (!query["scope"].ToString().Split(' ').Contains("openid")) return (null, "'scope' must contain openid.");
        if (RedirectOf(query["redirect_uri"]) is not { } redirect) return (null, $"'redirect_uri' must be {SignIn.RedirectPath} on this machine.");
        return (new AuthorizationRequest(SignIn.ClientId, redirect, challenge, query["state"], query["nonce"], query["prompt"]), null);
    }

    public static Uri? RedirectOf(string? text, string path = SignIn.RedirectPath) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "http", IsLoopback: true, Query: "", Fragment: "" } && uri.AbsolutePath == path
            ? uri
            : null;

    public string Answer(string name, string value)
    {
        var state = string.IsNullOrEmpty(State) ? "" : $"&state={Uri.EscapeDataString(State)}";
        return $"{RedirectUri}?{name}={Uri.EscapeDataString(value)}{state}";
    }
}
