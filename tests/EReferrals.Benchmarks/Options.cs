using System.Globalization;

namespace EReferrals.Benchmarks;

/// <param name="Scenarios">Scenario numbers; empty for all.</param>
/// <param name="Full">Runs longer, with lists of 10,000 entries and the installed peers.</param>
/// <param name="Compare">The <c>latest.json</c> of an earlier run.</param>
internal sealed record Options(IReadOnlyList<int> Scenarios, bool Full, string Output, string? Compare = null)
{
    public const string Usage = """
        dotnet run -c Release --project tests/EReferrals.Benchmarks -- [--scenario N]... [--full] [--output FOLDER] [--compare latest.json]
        dotnet run -c Release --project tests/EReferrals.Benchmarks -- --micro
        """;

    public static Options? Parse(string[] arguments)
    {
        var options = new Options([], Full: false, Path.Combine(Repository.Root, "tests", "EReferrals.Benchmarks", "results"));
        for (var index = 0; index < arguments.Length; index++)
        {
            var value = index + 1 < arguments.Length ? arguments[index + 1] : null;
            switch (arguments[index])
            {
                case "--full":
                    options = options with { Full = true };
                    break;
                case "--scenario" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                    options = options with { Scenarios = [.. options.Scenarios, number] };
                    index++;
                    break;
                case "--output" when value is not null:
                    options = options with { Output = Path.GetFullPath(value) };
                    index++;
                    break;
                case "--compare" when File.Exists(value):
                    options = options with { Compare = Path.GetFullPath(value) };
                    index++;
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
