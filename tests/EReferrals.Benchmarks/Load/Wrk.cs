using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace EReferrals.Benchmarks.Load;

/// <summary>
/// The load generator wrk, which uses less of the machine than ours. Used for capacity only, because it does not record the accepted referrals.
/// </summary>
internal static partial class Wrk
{
    /// <summary>Returns responses per second and the 99th percentile of the latency in milliseconds.</summary>
    public static (double PerSecond, double P99) Run(Uri address, Flow flow, double seconds)
    {
        var call = flow.Calls[0];
        var script = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(script,
            [
                "wrk.method = \"POST\"",
                $"local body, last = [==[{flow.Body}]==], 0",
                "wrk.headers[\"Content-Type\"] = \"application/json\"",
                .. call.Headers.Select(header => $"wrk.headers[\"{header.Key}\"] = \"{header.Value}\""),
                // The same algorithm as in InventedNhsNumbers.
                "function request()",
                "  while true do",
                "    last = last + 1",
                "    local digits, sum = string.format(\"999%06d\", last % 1000000), 0",
                "    for at = 1, 9 do sum = sum + tonumber(digits:sub(at, at)) * (11 - at) end",
                "    local check = (11 - sum % 11) % 11",
                $"    if check < 10 then return wrk.format(nil, nil, nil, (body:gsub(\"{SubmissionBody.Patient}\", digits .. string.format(\"%d\", check)))) "
                    + "end",
                "  end",
                "end",
            ]);
            var start = new ProcessStartInfo(
                "wrk",
                [
                    "-t1", $"-c{flow.Connections}", $"-d{Math.Ceiling(seconds)}s", "--latency", "-s", script, new Uri(address, call.Path).ToString()
                ]) { RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            // wrk prints "Non-2xx or 3xx responses" only when there are any.
            if (output.Contains("Non-2xx", StringComparison.Ordinal)) throw new InvalidOperationException($"wrk was refused:\n{output}");
            return (Number(Rate().Match(output).Groups[1]), Milliseconds(Percentile().Match(output)));
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static double Milliseconds(Match time) => Number(time.Groups[1]) * time.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1_000 };

    private static double Number(Group text) => double.Parse(text.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Percentile();
}
