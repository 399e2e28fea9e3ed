using System.Text.RegularExpressions;

namespace EReferrals.Local.FunctionsHost;

/// <summary>The app settings, and below them the environment, as the worker sees both.</summary>
internal sealed partial class AppSettings(IReadOnlyDictionary<string, string> settings)
{
    private readonly Dictionary<string, string> _values = ReadAll(settings);

    public string? Find(string name) => _values.GetValueOrDefault(name.Replace("__", ":", StringComparison.Ordinal));

    /// <summary>Replaces each %Name% by its setting.</summary>
    /// <exception cref="FunctionsHostStartException">A setting is missing.</exception>
    public string Resolve(string text) => Placeholder().Replace(
        text, match => Find(match.Groups[1].Value) ?? throw new FunctionsHostStartException($"The app setting '{match.Groups[1].Value}' is missing."));

    /// <summary>The settings under a name, without it.</summary>
    public IEnumerable<KeyValuePair<string, string>> Under(string name) => _values
        .Where(pair => pair.Key.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(pair => KeyValuePair.Create(pair.Key[(name.Length + 1)..], pair.Value));

    public bool IsDisabled(string function) =>
        (Find($"AzureWebJobs.{function}.Disabled") ?? Find($"AzureWebJobs_{function}_Disabled")) is { } value
        && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    /// <exception cref="FunctionsHostStartException">There is no connection string of that name.</exception>
    public string ServiceBusConnection(string? connection)
    {
        var name = string.IsNullOrEmpty(connection) ? "AzureWebJobsServiceBus" : Resolve(connection);
        return Find("AzureWebJobs" + name) ?? Find(name) ?? Find("ConnectionStrings:" + name) ?? throw new FunctionsHostStartException(
            $"The app setting '{name}' must hold a Service Bus connection string. (Connections with an identity are not supported locally.)");
    }

    private static Dictionary<string, string> ReadAll(IReadOnlyDictionary<string, string> settings)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            values[((string)variable.Key).Replace("__", ":", StringComparison.Ordinal)] = (string?)variable.Value ?? "";
        foreach (var (name, value) in settings) values[name.Replace("__", ":", StringComparison.Ordinal)] = value;
        return values;
    }

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Placeholder();
}
