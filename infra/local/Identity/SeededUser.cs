namespace EReferrals.Local.Identity;

/// <summary>A user of seed.json.</summary>
/// <param name="Roles">Pairs such as <c>R69:SERVICE_PROVIDER_CLINICIAN</c>.</param>
internal sealed record SeededUser(string Id, string Name, IReadOnlyList<string> Roles, IReadOnlyList<string>? OnBehalfOf = null)
{
    private static readonly Dictionary<string, string> Codes = new()
    {
        ["RC"] = "REFERRING_CLINICIAN",
        ["RCA"] = "REFERRING_CLINICIAN_ADMIN",
        ["RA"] = "REFERRING_ADMIN",
        ["SPC"] = "SERVICE_PROVIDER_CLINICIAN",
        ["SPCA"] = "SERVICE_PROVIDER_CLINICIAN_ADMIN",
        ["SPA"] = "SERVICE_PROVIDER_ADMIN",
    };

    public IReadOnlyList<string> Roles { get; } = [.. Roles.Select(LongPair)];

    /// <summary>Returns the users and the names of the organisations.</summary>
    public static (IReadOnlyList<SeededUser> Users, IReadOnlyDictionary<string, string> Organisations) Read(string file)
    {
        var seed = JsonSerializer.Deserialize<Seed>(File.ReadAllBytes(file), JsonSerializerOptions.Web)!;
        return (seed.Users, seed.Organisations.ToDictionary(organisation => organisation.Id, organisation => organisation.Name));
    }

    // The seed abbreviates the roles: R69:SPC.
    private static string LongPair(string pair) => pair.Split(':') is [var organisation, var role]
        ? $"{organisation}:{Codes.GetValueOrDefault(role, role)}"
        : throw new FormatException($"'{pair}' in seed.json must be an organisation and a role.");

    private sealed record Seed(IReadOnlyList<SeededUser> Users, IReadOnlyList<Organisation> Organisations);

    private sealed record Organisation(string Id, string Name);
}
