using System.Globalization;
using System.Text;
using EReferrals.Status.Canary;

namespace EReferrals.Status.Page;

/// <summary>Draws a day of measurements as bars of ten minutes, in one inline SVG. The text is outside the SVG, where it is readable on a phone.</summary>
internal sealed class StatusChart
{
    public const int Bars = 144;

    private const int Height = 100;
    private const int Step = 4;

    private static readonly TimeSpan BarSpan = TimeSpan.FromMinutes(10);

    private readonly Bar[] _bars = new Bar[Bars];

    /// <param name="figure">The value to draw for a sample; null when it was not measured.</param>
    /// <param name="isMissing">Whether the sample counts as missing, and is drawn as a broken column.</param>
    public StatusChart(IEnumerable<CanarySample> samples, DateTimeOffset now, Func<CanarySample, double?> figure, Func<CanarySample, bool> isMissing)
    {
        foreach (var sample in samples)
        {
            var bar = Bars - 1 - (int)((now - sample.At) / BarSpan);
            if (sample.At > now || bar is < 0 or >= Bars) continue;
            var before = _bars[bar];
            var value = figure(sample);
            _bars[bar] = new Bar(
                value is null || before.Highest >= value ? before.Highest : value,
                before.Missing || isMissing(sample));
        }

        Highest = _bars.Max(bar => bar.Highest);
    }

    public double? Highest { get; }

    public string Svg(double top, string describedBy)
    {
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""<svg class="chart" viewBox="0 0 {Bars * Step} {Height}" preserveAspectRatio="none" role="img" aria-labelledby="{describedBy}">""");
        svg.Append(CultureInfo.InvariantCulture, $"""<path class="grid" d="M0 0.5H{Bars * Step}M0 {Height / 2}H{Bars * Step}" />""");
        svg.Append(CultureInfo.InvariantCulture, $"""<path class="missing" d="{Missing()}" />""");
        svg.Append(CultureInfo.InvariantCulture, $"""<path class="bars" d="{Heights(top)}" />""");
        svg.Append(CultureInfo.InvariantCulture, $"""<path class="base" d="M0 {Height - 0.5}H{Bars * Step}" /></svg>""");
        return svg.ToString();
    }

    private string Heights(double top)
    {
        var path = new StringBuilder();
        for (var bar = 0; bar < Bars; bar++)
        {
            if (_bars[bar].Highest is not { } value) continue;
            // At least this high, so that a small value differs from no value.
            var height = Math.Max(2, Math.Min(1, value / top) * Height);
            path.Append(CultureInfo.InvariantCulture, $"M{bar * Step} {Height}v-{height:0.#}h3v{height:0.#}z");
        }

        return path.ToString();
    }

    // A broken column over the whole height, which differs from a bar even without colour.
    private string Missing()
    {
        var path = new StringBuilder();
        for (var bar = 0; bar < Bars; bar++)
        {
            if (!_bars[bar].Missing) continue;
            for (var y = 0; y < Height; y += 10) path.Append(CultureInfo.InvariantCulture, $"M{bar * Step} {y}h3v6h-3z");
        }

        return path.ToString();
    }

    private readonly record struct Bar(double? Highest, bool Missing);
}
