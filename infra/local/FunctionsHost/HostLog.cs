namespace EReferrals.Local.FunctionsHost;

/// <summary>
/// The host's own log, filtered by the levels of host.json. The worker's entries are not filtered: the application sets their levels, and host.json does not
/// apply to them in the cloud either.
/// </summary>
internal sealed class HostLog(Action<string> write, IReadOnlyList<KeyValuePair<string, LogLevel>> levels)
{
    public const string Startup = "Host.Startup";
    public const string Worker = "Host.Worker";
    public const string Triggers = "Host.Triggers";

    public static string Function(string name) => $"Function.{name}";

    public void Write(LogLevel level, string category, string message, Exception? ex = null)
    {
        if (level >= LevelOf(category)) Pass(level, category, message, ex?.ToString());
    }

    public void Pass(LogLevel level, string category, string message, string? exception)
    {
        var line = $"{level} {category}: {message}";
        write(string.IsNullOrEmpty(exception) ? line : line + Environment.NewLine + exception);
    }

    public void PassOutput(string line) => write(line);

    // The level of the longest matching category prefix, or the default level when there is none.
    private LogLevel LevelOf(string category) => levels
        .Where(level => IsDefault(level.Key) || IsPrefix(level.Key, category))
        .OrderByDescending(level => IsDefault(level.Key) ? 0 : level.Key.Length)
        .Select(level => level.Value)
        .FirstOrDefault(LogLevel.Information);

    private static bool IsDefault(string name) => name.Equals("default", StringComparison.OrdinalIgnoreCase);

    private static bool IsPrefix(string name, string category) =>
        category.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (category.Length == name.Length || category[name.Length] == '.');
}
