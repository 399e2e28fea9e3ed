using System.Globalization;
using System.Text.RegularExpressions;
using System.Text;
using EReferrals.Http.Html;

namespace EReferrals.ApiDocs;

/// <summary>Converts the subset of Markdown that the API texts use to HTML: paragraphs, headings, lists, code blocks and <c>`code`</c>.</summary>
internal static partial class Prose
{
    public static void Write(StringBuilder html, string text)
    {
        foreach (var block in Blocks().Split(text.Trim()))
        {
            if (HeadingOf(block) is { } heading) html.Append(CultureInfo.InvariantCulture, $"<h2 id=\"{IdOf(heading)}\">{Inline(heading)}</h2>\n");
            else if (block.StartsWith("```", StringComparison.Ordinal))
            {
                html.Append(CultureInfo.InvariantCulture, $"<pre>{HtmlPage.Encode(block.Trim('`').Trim('\n'))}</pre>\n");
            }
            else if (block.StartsWith("- ", StringComparison.Ordinal)) WriteList(html, block);
            else html.Append(CultureInfo.InvariantCulture, $"<p>{Inline(block)}</p>\n");
        }
    }

    public static IEnumerable<string> HeadingsOf(string text) => Blocks().Split(text.Trim()).Select(HeadingOf).OfType<string>();

    public static string IdOf(string heading) => NoLetters().Replace(heading.ToLowerInvariant(), "-").Trim('-');

    // Splitting by the pattern returns text and code alternately.
    public static string Inline(string text) => string.Concat(Code().Split(text).Select((part, index) =>
        index % 2 == 0 ? HtmlPage.Encode(part) : $"<code>{HtmlPage.Encode(part)}</code>"));

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
