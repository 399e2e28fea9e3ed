#nullable disable
namespace Azure.Messaging.ServiceBus;

internal static class ConnectionString
{
    private static readonly string[] Known =
        ["Endpoint", "SharedAccessKeyName", "SharedAccessKey", "SharedAccessSignature", "EntityPath", "UseDevelopmentEmulator"];

    public static string Host(string connectionString)
    {
        Check.NotEmpty(connectionString, nameof(connectionString));
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !values.TryAdd(part[..equals].Trim(), part[(equals + 1)..].Trim()))
            {
                throw new FormatException("The connection string could not be parsed; either it was malformed or contains no well-known tokens.");
            }
        }
        if (values.Keys.FirstOrDefault(key => !Known.Contains(key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new FormatException($"The connection string has the unknown token '{unknown}'.");
        }
        var signed = values.ContainsKey("SharedAccessSignature");
        if (!signed && !(values.ContainsKey("SharedAccessKeyName") && values.ContainsKey("SharedAccessKey")))
        {
            throw new ArgumentException("The connection string has no shared access key and no signature.", nameof(connectionString));
        }
        if (!values.TryGetValue("Endpoint", out var endpoint) || !Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme != "sb")
        {
            throw new FormatException("The connection string has no endpoint of the form sb://<host>/.");
        }
        return uri.Host;
    }

    public static string HostOfNamespace(string fullyQualifiedNamespace)
    {
        Check.NotEmpty(fullyQualifiedNamespace, nameof(fullyQualifiedNamespace));
        var host = Uri.TryCreate(fullyQualifiedNamespace, UriKind.Absolute, out var uri) ? uri.Host : fullyQualifiedNamespace;
        return Uri.CheckHostName(host) == UriHostNameType.Unknown
            ? throw new ArgumentException($"'{fullyQualifiedNamespace}' is not a host name.", nameof(fullyQualifiedNamespace))
            : host;
    }
}
