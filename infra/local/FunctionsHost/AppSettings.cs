using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace EReferrals.Local.FunctionsHost;

/// <summary>The app settings, with environment variables as fallback, as the worker sees them.</summary>
internal sealed partial class AppSettings(IReadOnlyDictionary<string, string> settings)
{
    private readonly IConfiguration _values = new ConfigurationBuilder()
        .AddEnvironmentVariables()
        .AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(Key(pair.Key), (string?)pair.Value)))
        .Build();

    public string? Find(string name) => _values[Key(name)];

    /// <summary>Replaces each %Name% with its setting.</summary>
    /// <exception cref="FunctionsHostStartException">A setting is missing.</exception>
    public string Resolve(string text) => Placeholder().Replace(
        text, match => Find(match.Groups[1].Value) ?? throw new FunctionsHostStartException($"The app setting '{match.Groups[1].Value}' is missing."));

    /// <summary>Returns the settings below a prefix, without the prefix.</summary>
    public IConfiguration Under(string name) => _values.GetSection(name);

    public bool IsDisabled(string function) =>
        (Find($"AzureWebJobs.{function}.Disabled") ?? Find($"AzureWebJobs_{function}_Disabled")) is { } value
        && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    /// <exception cref="FunctionsHostStartException">No connection string has that name.</exception>
    public string ServiceBusConnection(string? connection)
    {
        var name = string.IsNullOrEmpty(connection) ? "AzureWebJobsServiceBus" : Resolve(connection);
        return Find("AzureWebJobs" + name) ?? Find(name) ?? Find("ConnectionStrings:" + name) ?? throw new FunctionsHostStartException(
            $"The app setting '{name}' must hold a Service Bus connection string. (Connections with an identity are not supported locally.)");
    }

    private static string Key(string name) => name.Replace("__", ":", StringComparison.Ordinal);

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Placeholder();
}
