namespace EReferrals.Local.Identity;

/// <summary>A user of seed.json.</summary>
/// <param name="Roles">Pairs such as <c>R69:SERVICE_PROVIDER_CLINICIAN</c>.</param>
internal sealed record SeededUser(string Id, string Name, IReadOnlyList<string> Roles, IReadOnlyList<string> OnBehalfOf)
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

    /// <summary>Returns the users and the names of the organisations.</summary>
    public static (IReadOnlyList<SeededUser> Users, IReadOnlyDictionary<string, string> Organisations) Read(string file)
    {
        using var seed = JsonDocument.Parse(File.ReadAllText(file));
        return (
            [.. seed.RootElement.GetProperty("users").EnumerateArray().Select(From)],
            seed.RootElement.GetProperty("organisations").EnumerateArray()
                .ToDictionary(one => one.GetProperty("id").GetString()!, one => one.GetProperty("name").GetString()!));
    }

    private static SeededUser From(JsonElement user) => new(
        user.GetProperty("id").GetString()!,
        user.GetProperty("name").GetString()!,
        [.. Texts(user, "roles").Select(LongPair)],
        [.. Texts(user, "onBehalfOf")]);

    private static IEnumerable<string> Texts(JsonElement user, string name) =>
        user.TryGetProperty(name, out var list) ? list.EnumerateArray().Select(one => one.GetString()!) : [];

    // The seed abbreviates the roles: R69:SPC.
    private static string LongPair(string pair) => pair.Split(':') is [var organisation, var role]
        ? $"{organisation}:{Codes.GetValueOrDefault(role, role)}"
        : throw new FormatException($"'{pair}' in seed.json must be an organisation and a role.");
}
