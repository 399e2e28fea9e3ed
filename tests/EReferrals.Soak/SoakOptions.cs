using System.Globalization;

namespace EReferrals.Soak;

internal sealed record SoakOptions(TimeSpan Time, int Seed)
{
    private const double Shortest = 0.5;

    /// <summary>Returns the options, or null when the arguments are invalid.</summary>
    public static SoakOptions? Read(string[] args)
    {
        var options = new SoakOptions(TimeSpan.FromMinutes(3), 1);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !double.TryParse(args[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)) return null;
            switch (args[i])
            {
                case "--minutes" when value >= Shortest:
                    options = options with { Time = TimeSpan.FromMinutes(value) };
                    break;
                case "--seed":
                    options = options with { Seed = (int)value };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
