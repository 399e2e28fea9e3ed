using System.Data.Common;

namespace EReferrals.Local;

/// <summary>
/// Refuses connection strings that are not of an emulator on this machine: a variable that is left over from other work must not connect invented patients, or
/// a token issuer that signs everything, to the data of a real service.
/// </summary>
internal static class EmulatorsOnly
{
    // Every setting that begins so says where the app stores or sends something.
    private static readonly string[] Names = ["Records__", "Contingency__", "Audit__", "AuditReserve__", "ServiceBus", "AzureWebJobsStorage"];

    // Begin so too, and are no connections.
    private static readonly string[] NoConnections = ["Audit__DigestKeys", "Contingency__LinkRoles"];

    private static readonly string[] Endpoints = ["BlobEndpoint", "TableEndpoint", "QueueEndpoint", "Endpoint"];

    /// <exception cref="LocalStartException">A setting connects to something else.</exception>
    public static void Check(IReadOnlyDictionary<string, string> settings)
    {
        foreach (var (name, value) in settings)
        {
            if (!IsConnection(name) || IsOfEmulator(value)) continue;
            // The value may be a secret.
            throw new LocalStartException(
                $"{name} does not connect to an emulator on this machine. The local platform takes nothing else: remove the setting or the variable.");
        }
    }

    internal static bool IsOfEmulator(string connection)
    {
        if (IsHere(connection)) return true;
        var parts = new DbConnectionStringBuilder();
        try
        {
            parts.ConnectionString = connection;
        }
        catch (ArgumentException)
        {
            return false;
        }

        if (parts.TryGetValue("UseDevelopmentStorage", out var storage)) return parts.Count == 1 && Is(storage, "true");
        var endpoints = Endpoints.Where(parts.ContainsKey).Select(name => parts[name].ToString()).ToArray();
        var isEmulator = !parts.ContainsKey("Endpoint") || (parts.TryGetValue("UseDevelopmentEmulator", out var emulator) && Is(emulator, "true"));
        return isEmulator && endpoints.Length > 0 && endpoints.All(IsHere);
    }

    private static bool IsConnection(string name)
    {
        var key = name.Replace(":", "__", StringComparison.Ordinal);
        return Names.Any(start => key.StartsWith(start, StringComparison.OrdinalIgnoreCase)) && !NoConnections.Contains(key, StringComparer.OrdinalIgnoreCase);
    }

    private static bool IsHere(string? endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address is { IsFile: false, IsLoopback: true };

    private static bool Is(object value, string text) => string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase);
}
