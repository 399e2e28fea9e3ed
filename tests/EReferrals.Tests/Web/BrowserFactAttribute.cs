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
    private const string ShellPath = "/usr/bin/chromium-headless-shell";

    private static readonly string? Named = Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } path ? path : null;

    public BrowserFactAttribute()
    {
        if (Program is null) Skip = "Needs Chromium: install Debian's package chromium, or set CHROMIUM_PATH to a Chromium or Chrome, and run again.";
    }

    /// <summary>The whole browser.</summary>
    public static string? Program { get; } = Named ?? (File.Exists(DefaultPath) ? DefaultPath : ChromiumFactAttribute.Chromium);

    /// <summary>
    /// Debian's <c>chromium-headless-shell</c>, which has no windows and no viewer of PDF documents, and needs less than half the processor time. The whole
    /// browser where it is not installed.
    /// </summary>
    public static string? WithoutWindows { get; } = File.Exists(ShellPath) ? ShellPath : Program;
}
