using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EReferrals.Benchmarks.Reports;

/// <summary>
/// Compares the ratios of this run with those of an earlier one (its <c>latest.json</c>). Only ratios, because absolute figures of different machines and
/// times cannot be compared.
/// </summary>
internal static class Comparison
{
    // Two runs of the same code differ by this factor.
    private const double Noise = 0.6;

    public static string Of(IEnumerable<Figure> now, string earlier)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(earlier));
        var then = new Dictionary<string, double>();
        foreach (var figure in file.RootElement.GetProperty("figures").EnumerateArray())
        {
            then[KeyOf(figure.GetProperty("what").GetString()!)] = figure.GetProperty("value").GetDouble();
        }

        var text = new StringBuilder("| ratio | then | now | |\n| --- | ---: | ---: | --- |\n");
        foreach (var figure in now.Where(figure => figure.Unit == "x" && then.ContainsKey(KeyOf(figure.What))))
        {
            var before = then[KeyOf(figure.What)];
            var isWorse = figure.Target?.StartsWith("<=", StringComparison.Ordinal) == true ? figure.Value * Noise > before : figure.Value < before * Noise;
            text.AppendLine(
                CultureInfo.InvariantCulture, $"| {KeyOf(figure.What)} | {before:0.##} | {figure.Value:0.##} | {(isWorse ? "worse than noise" : "")} |");
        }

        return text.ToString();
    }

    // Removes the rounds in brackets, because they differ in every run.
    private static string KeyOf(string what) => what.Split(" (rounds")[0];
}
