using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace EReferrals.LocalRuntime.Host;

/// <summary>The settings of the local runtime itself: EREFERRALS_PORT, EREFERRALS_STATE and the section Local.</summary>
internal sealed class LocalSettings
{
    private const string Prefix = "EREFERRALS_";
    private static readonly string[] Known =
        ["FunctionsAssembly", "FunctionsNamespace", "HostFile", "MessagingFile", "SeedFile", "Seed", "Azurite", "Scanner", "Timers", "FunctionKey", "DrainSeconds", "SessionBatches"];

    private LocalSettings(IConfiguration configuration)
    {
        RefuseUnknown(configuration);
        var entry = Assembly.GetEntryAssembly()?.GetName().Name;
        var functions = configuration["Local:FunctionsAssembly"] ?? entry
            ?? throw new LocalRuntimeStartException("Local:FunctionsAssembly does not say which assembly has the functions.");
        FunctionsAssembly = functions;
        FunctionsNamespace = configuration["Local:FunctionsNamespace"];
        IsApp = functions == entry;
        Port = Number(configuration, "EREFERRALS_PORT", 7071);
        StateFolder = Path.GetFullPath(configuration["EREFERRALS_STATE"] ?? Path.Combine(RepositoryRoot(), ".local"));
        HostFile = Beside(configuration["Local:HostFile"], "host.json");
        MessagingFile = Beside(configuration["Local:MessagingFile"], "messaging.json");
        SeedFile = Beside(configuration["Local:SeedFile"], "seed.json");
        Seed = Flag(configuration, "Local:Seed");
        Azurite = Flag(configuration, "Local:Azurite");
        Scanner = Flag(configuration, "Local:Scanner");
        Timers = Flag(configuration, "Local:Timers");
        FunctionKey = configuration["Local:FunctionKey"] ?? "local";
        Drain = TimeSpan.FromSeconds(Number(configuration, "Local:DrainSeconds", 30));
        SessionBatches = Number(configuration, "Local:SessionBatches", 1);
        // As the deployed app is set: the largest body is an attachment of 5 MB. The Functions host by itself takes 100 MB.
        BodyLimit = Number(configuration, "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", 8 * 1024 * 1024);
    }

    public string FunctionsAssembly { get; }

    /// <summary>For tests, whose one assembly holds several small apps.</summary>
    public string? FunctionsNamespace { get; }

    /// <summary>True when the process is the application; false when a test holds it.</summary>
    public bool IsApp { get; }

    public int Port { get; }

    public string StateFolder { get; }

    public string HostFile { get; }

    public string MessagingFile { get; }

    public string SeedFile { get; }

    public bool Seed { get; }

    public bool Azurite { get; }

    public bool Scanner { get; }

    /// <summary>False in a test that runs the timer functions itself.</summary>
    public bool Timers { get; }

    public string FunctionKey { get; }

    public TimeSpan Drain { get; }

    /// <summary>The cloud has 1. A higher number is kinder than the cloud and is for experiments only.</summary>
    public int SessionBatches { get; }

    public int BodyLimit { get; }

    public Action<string> Progress => IsApp ? Console.WriteLine : static _ => { };

    public static LocalSettings Read(IConfiguration configuration) => new(configuration);

    /// <summary>Asked before the settings are read, because even a wrong setting must be told in the right way.</summary>
    public static bool HoldsTheApp(IConfiguration configuration)
    {
        var entry = Assembly.GetEntryAssembly()?.GetName().Name;
        return (configuration["Local:FunctionsAssembly"] ?? entry) == entry;
    }

    private static void RefuseUnknown(IConfiguration configuration)
    {
        foreach (var child in configuration.GetSection("Local").GetChildren())
            if (!Known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                throw new LocalRuntimeStartException($"The setting Local:{child.Key} is not known. Known are {string.Join(", ", Known)}.");
        foreach (var child in configuration.GetChildren())
            if (child.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && child.Key.ToUpperInvariant() is not (Prefix + "PORT" or Prefix + "STATE"))
                throw new LocalRuntimeStartException($"The setting {child.Key} is not known. Known are {Prefix}PORT and {Prefix}STATE.");
    }

    private static int Number(IConfiguration configuration, string key, int otherwise) =>
        configuration[key] is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new LocalRuntimeStartException($"{key} must be a whole number, not '{text}'.");

    private static bool Flag(IConfiguration configuration, string key) =>
        configuration[key] is not { } text ? true
        : bool.TryParse(text, out var flag) ? flag
        : throw new LocalRuntimeStartException($"{key} must be true or false, not '{text}'.");

    private static string Beside(string? configured, string file) => configured ?? Path.Combine(AppContext.BaseDirectory, file);

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "EReferrals.sln"))) return folder.FullName;
        throw new LocalRuntimeStartException("No EReferrals.sln above the program, so that there is no place for .local; set EREFERRALS_STATE.");
    }
}
