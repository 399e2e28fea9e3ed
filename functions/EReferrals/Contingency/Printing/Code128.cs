using System.Globalization;

namespace EReferrals.Contingency.Printing;

/// <summary>
/// Draws bar codes in Code 128 (ISO/IEC 15417), code set C. It encodes two digits in each symbol, so that the code is short enough to be readable on a
/// fax.
/// </summary>
public static class Code128
{
    private const int StartC = 105;
    private const int Stop = 106;
    private const int QuietZone = 10;

    // The widths of the bars and spaces of each symbol, by its value.
    private static readonly string[] Widths =
    [
        "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212",
        "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131",
        "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
        "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121",
        "313121", "211331", "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
        "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
        "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242", "121142", "121241", "114212",
        "124112", "124211", "411212", "421112", "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113",
        "114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
    ];

    /// <summary>The symbol values for an even number of digits: start, pairs of digits, check symbol, stop.</summary>
    public static IReadOnlyList<int> Symbols(string digits)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(digits.Length % 2, 0, nameof(digits));
        var pairs = digits.Chunk(2).Select(pair => int.Parse(pair, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray();
        return [StartC, .. pairs, CheckSymbol(StartC, pairs), Stop];
    }

    /// <summary>The check symbol: the start symbol plus each symbol times its position, modulo 103. It is the same in all three code sets.</summary>
    public static int CheckSymbol(int start, IReadOnlyList<int> symbols) =>
        (start + symbols.Select((symbol, index) => symbol * (index + 1)).Sum()) % 103;

    /// <summary>The widths of the bars and spaces in modules, beginning with a bar.</summary>
    public static IEnumerable<int> Modules(string digits) =>
        Symbols(digits).SelectMany(symbol => Widths[symbol]).Select(width => width - '0');

    /// <summary>An SVG with quiet zones, in a size (millimetres) that is readable after a fax at 100 dots per inch.</summary>
    public static string Svg(string digits, int heightMillimetres, double moduleMillimetres)
    {
        var path = new System.Text.StringBuilder();
        var at = QuietZone;
        var isBar = true;
        foreach (var width in Modules(digits))
        {
            if (isBar) path.Append(CultureInfo.InvariantCulture, $"M{at} 0h{width}v1h-{width}z");
            at += width;
            isBar = !isBar;
        }

        var modules = at + QuietZone;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<svg class=\"bars\" role=\"img\" aria-label=\"Bar code {digits}\" xmlns=\"http://www.w3.org/2000/svg\" "
                + $"width=\"{modules * moduleMillimetres:0.##}mm\" height=\"{heightMillimetres}mm\" viewBox=\"0 0 {modules} 1\" preserveAspectRatio=\"none\" "
                + $"shape-rendering=\"crispEdges\"><path d=\"{path}\"/></svg>");
    }
}
