using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace EReferrals.Benchmarks.Load;

/// <summary>The load generator wrk, which costs less of the machine than ours; for capacity only, since it keeps no ledger.</summary>
internal static partial class Wrk
{
    public static double PerSecond(Uri address, Call call, string body, int seconds)
    {
        var script = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(script,
            [
                "wrk.method = \"POST\"",
                $"wrk.body = [==[{body}]==]",
                "wrk.headers[\"Content-Type\"] = \"application/json\"",
                .. call.Headers.Select(header => $"wrk.headers[\"{header.Key}\"] = \"{header.Value}\""),
            ]);
            var start = new ProcessStartInfo("wrk", ["-t1", "-c64", $"-d{seconds}s", "-s", script, address.ToString()]) { RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            // "Non-2xx or 3xx responses" is printed only when there are some.
            if (output.Contains("Non-2xx", StringComparison.Ordinal)) throw new InvalidOperationException($"wrk was refused:\n{output}");
            return double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(script);
        }
    }

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();
}
