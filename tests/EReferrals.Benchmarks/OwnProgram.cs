using System.Diagnostics;

namespace EReferrals.Benchmarks;

/// <summary>Starts this program in another role.</summary>
internal static class OwnProgram
{
    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "EReferrals.Benchmarks.dll");

    public static Process Start(IEnumerable<string> arguments, bool input = false)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly, .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = input };
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
    }
}
