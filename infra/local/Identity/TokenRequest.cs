using System.Text.RegularExpressions;

namespace EReferrals.Local.Identity;

/// <summary>The parameters of <c>POST /local/token</c> and all errors in them.</summary>
internal sealed partial class TokenRequest
{
    private static readonly string[] Known = ["user", "application", "organisation", "role", "roles", "onBehalfOf", "expiresIn"];

    private TokenRequest()
    {
    }

    public string? User { get; private init; }

    public string? Application { get; private init; }

    public required List<string> Roles { get; init; }

    public required List<string> OnBehalfOf { get; init; }

    public int? ExpiresIn { get; private set; }

    public List<string> Problems { get; } = [];

    public static TokenRequest Read(ILookup<string, string?> parameters)
    {
        var request = new TokenRequest
        {
            User = parameters["user"].FirstOrDefault(),
            Application = parameters["application"].FirstOrDefault(),
            Roles = Split(parameters["roles"]),
            OnBehalfOf = Split(parameters["onBehalfOf"]),
        };
        foreach (var name in parameters.Select(parameter => parameter.Key).Except(Known))
            request.Problems.Add($"'{name}' is not a parameter. The parameters are {string.Join(", ", Known)}.");
        foreach (var name in Known.Except(["roles", "onBehalfOf"]))
            if (parameters[name].Count() > 1) request.Problems.Add($"'{name}' must be given once.");
        request.CheckCaller();
        request.ReadPair(parameters["organisation"].FirstOrDefault(), parameters["role"].FirstOrDefault());
        request.ReadLifetime(parameters["expiresIn"].FirstOrDefault());
        return request;
    }

    private static List<string> Split(IEnumerable<string?> values) =>
        [.. values.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private void CheckCaller()
    {
        if (string.IsNullOrWhiteSpace(User) == string.IsNullOrWhiteSpace(Application)) Problems.Add("Give either 'user' or 'application'.");
        if (Application is not null && OnBehalfOf.Count > 0) Problems.Add("'onBehalfOf' can be used with 'user' only, not with 'application'.");
        foreach (var pair in Roles)
            if (!Pair().IsMatch(pair)) Problems.Add($"'{pair}' in 'roles' must have the form ORGANISATION:ROLE.");
    }

    private void ReadPair(string? organisation, string? role)
    {
        if (organisation is null && role is null && Roles.Count > 0) return;
        if (string.IsNullOrWhiteSpace(organisation)) Problems.Add("'organisation' is missing.");
        if (string.IsNullOrWhiteSpace(role)) Problems.Add("'role' is missing.");
        var pair = $"{organisation}:{role}";
        if (Pair().IsMatch(pair)) Roles.Insert(0, pair);
        else if (organisation is { Length: > 0 } && role is { Length: > 0 }) Problems.Add($"'{pair}' must be an organisation and a role.");
    }

    private void ReadLifetime(string? text)
    {
        if (text is null) return;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)) ExpiresIn = seconds;
        else Problems.Add($"'expiresIn' must be a number of seconds, not '{text}'.");
    }

    [GeneratedRegex("^[A-Za-z0-9]{1,20}:[A-Z][A-Z_]*$")]
    private static partial Regex Pair();
}
