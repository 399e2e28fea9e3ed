using EReferrals.Tests.Contingency.Printing;

namespace EReferrals.Tests.Web;

/// <summary>
/// A fact that uses the page in Chromium: Debian's package <c>chromium</c>, or the program that <c>CHROMIUM_PATH</c> names. Skipped where there is none; when
/// <c>CHROMIUM_PATH</c> is set, as in CI, it is never skipped.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    private const string DefaultPath = "/usr/bin/chromium";

    private static readonly string? Named = Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } path ? path : null;

    public BrowserFactAttribute()
    {
        if (Program is null) Skip = "Needs Chromium: install Debian's package chromium, or set CHROMIUM_PATH to a Chromium or Chrome, and run again.";
    }

    public static string? Program { get; } = Named ?? (File.Exists(DefaultPath) ? DefaultPath : ChromiumFactAttribute.Chromium);
}
