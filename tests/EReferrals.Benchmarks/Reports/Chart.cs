using System.Globalization;
using System.Text;

namespace EReferrals.Benchmarks.Reports;

/// <summary>A line chart as SVG. The vertical axis is logarithmic when the values differ by more than a factor of twenty.</summary>
internal sealed record Chart(string Name, string Title, string Across, string Upright)
{
    private const int Width = 720;
    private const int Height = 400;
    private const int Margin = 60;

    private static readonly string[] Colours = ["#005eb8", "#d5281b", "#007f3b", "#7c2855", "#ed8b00"];

    public required IReadOnlyList<Line> Lines { get; init; }

    public string ToSvg()
    {
        var points = Lines.SelectMany(line => line.Points).ToArray();
        var (right, top) = (points.Max(point => point.X), points.Max(point => point.Y) * 1.1);
        var bottom = Math.Max(points.Where(point => point.Y > 0).Select(point => point.Y).DefaultIfEmpty(1).Min(), top / 1000);
        var isLog = top / bottom > 20;
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/><text x=\"{Width / 2}\" y=\"24\" text-anchor=\"middle\" "
                + $"font-size=\"15\">{Title}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">{Across}</text>");
        var upright = Upright + (isLog ? " (logarithmic)" : "");
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"14\" y=\"{Height / 2}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {Height / 2})\">{upright}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Margin},{Margin - 20} V{Height - Margin} H{Width - 20}\" fill=\"none\" stroke=\"#425563\"/>");
        foreach (var step in Enumerable.Range(0, 6).Select(step => step / 5.0))
        {
            var value = isLog ? bottom * Math.Pow(top / bottom, step) : top * step;
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin - 6}\" y=\"{Y(value):0}\" text-anchor=\"end\">{Short(value)}</text>");
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{X(right * step):0}\" y=\"{Height - Margin + 18}\" text-anchor=\"middle\">{Short(right * step)}</text>");
        }

        foreach (var (line, index) in Lines.Select((line, index) => (line, index)))
        {
            var colour = Colours[index % Colours.Length];
            var path = string.Join(' ', line.Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):0.0},{Y(point.Y):0.0}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin + 12}\" y=\"{Margin - 4 + (16 * index)}\" fill=\"{colour}\">{line.Label}</text>");
        }

        return svg.Append("</svg>\n").ToString();

        double X(double value) => Margin + (right > 0 ? value / right * (Width - Margin - 20) : 0);

        double Y(double value)
        {
            var share = isLog ? Math.Log(Math.Max(value, bottom) / bottom) / Math.Log(top / bottom) : value / top;
            return Height - Margin - (share * (Height - (2 * Margin) + 20));
        }
    }

    private static string Short(double value) => value.ToString(value >= 100 ? "#,0" : "0.#", CultureInfo.InvariantCulture);
}

internal sealed record Line(string Label, IReadOnlyList<(double X, double Y)> Points);
