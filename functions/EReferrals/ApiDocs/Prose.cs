using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace EReferrals.ApiDocs;

/// <summary>The little of Markdown that our own texts use, as HTML: paragraphs, headings, lists, blocks of code and <c>`code`</c>.</summary>
internal static partial class Prose
{
    public static void Write(StringBuilder html, string text)
    {
        foreach (var block in Blocks().Split(text.Trim()))
        {
            if (HeadingOf(block) is { } heading) html.Append(CultureInfo.InvariantCulture, $"<h2 id=\"{IdOf(heading)}\">{Inline(heading)}</h2>\n");
            else if (block.StartsWith("```", StringComparison.Ordinal)) html.Append(CultureInfo.InvariantCulture, $"<pre>{Text(block.Trim('`').Trim('\n'))}</pre>\n");
            else if (block.StartsWith("- ", StringComparison.Ordinal)) WriteList(html, block);
            else html.Append(CultureInfo.InvariantCulture, $"<p>{Inline(block)}</p>\n");
        }
    }

    public static IEnumerable<string> HeadingsOf(string text) => Blocks().Split(text.Trim()).Select(HeadingOf).OfType<string>();

    public static string IdOf(string heading) => NoLetters().Replace(heading.ToLowerInvariant(), "-").Trim('-');

    public static string Inline(string text) => Code().Replace(Text(text), "<code>$1</code>");

    public static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string? HeadingOf(string block) => block.StartsWith("## ", StringComparison.Ordinal) ? block[3..] : null;

    private static void WriteList(StringBuilder html, string block)
    {
        html.Append("<ul>\n");
        foreach (var item in Items().Split(block[2..])) html.Append(CultureInfo.InvariantCulture, $"<li>{Inline(item)}</li>\n");
        html.Append("</ul>\n");
    }

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\n- ")]
    private static partial Regex Items();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NoLetters();
}
