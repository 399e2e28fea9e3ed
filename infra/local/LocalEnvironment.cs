using System.Collections;

namespace EReferrals.Local;

/// <summary>Reads the settings of the local platform from environment variables. An unknown or invalid one stops the start.</summary>
internal sealed class LocalEnvironment
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>All environment variables, which the app inherits.</summary>
    public IReadOnlyDictionary<string, string> All { get; } = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");

    public string? Text(string name)
    {
        _known.Add(name);
        return Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text : null;
    }

    public int Number(string name, int fallback, int most = int.MaxValue) =>
        Text(name) is not { } text ? fallback
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number
        : throw new LocalStartException($"{name} must be a whole number from 0 to {most}, not '{text}'.");

    /// <summary>Returns the flag; true when it is not set.</summary>
    public bool Flag(string name) =>
        Text(name) is not { } text
            || (bool.TryParse(text, out var flag) ? flag : throw new LocalStartException($"{name} must be true or false, not '{text}'."));

    /// <exception cref="LocalStartException">A variable has the prefix of the local platform but is not one of its settings.</exception>
    public void RefuseUnknown()
    {
        foreach (var name in All.Keys.Where(IsOurs).Except(_known, StringComparer.OrdinalIgnoreCase))
            throw new LocalStartException($"The setting {name} is unknown. The settings are {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
    }

    private static bool IsOurs(string name) =>
        name.StartsWith("EREFERRALS_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Local__", StringComparison.OrdinalIgnoreCase);
}
