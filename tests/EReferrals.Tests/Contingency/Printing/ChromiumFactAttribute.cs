namespace EReferrals.Tests.Contingency.Printing;

/// <summary>A fact that prints with Chromium. Skipped when Chromium is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (Chromium is null) Skip = "Needs Chromium: install it as chromium, chromium-browser or google-chrome, and run again.";
    }

    public static string? Chromium { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);
}
