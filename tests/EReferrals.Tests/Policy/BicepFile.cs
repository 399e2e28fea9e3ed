using System.Text;
using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <summary>
/// The resources that a Bicep file declares, with their properties as they are written. Enough to hold the templates to a policy; it evaluates
/// nothing, and the compiler finds what is wrong with the language.
/// </summary>
internal sealed partial class BicepFile
{
    private BicepFile(string name, string text)
    {
        Name = name;
        Text = WithoutComments(text);
        Resources = [.. ReadResources()];
    }

    public string Name { get; }

    public string Text { get; }

    public IReadOnlyList<BicepResource> Resources { get; }

    public static BicepFile Of(string name, string text) => new(name, text);

    /// <summary>What a scope such as <c>queues[index]</c> or <c>account::blobs::verdicts</c> names.</summary>
    public BicepResource? Named(string expression)
    {
        var symbol = expression.Split("::")[^1].Split('[')[0].Trim();
        return Resources.FirstOrDefault(resource => resource.Symbol == symbol);
    }

    private IEnumerable<BicepResource> ReadResources()
    {
        var open = new Stack<(string Type, int End)>();
        foreach (Match declared in Declarations().Matches(Text))
        {
            while (open.TryPeek(out var outer) && outer.End < declared.Index) open.Pop();
            var start = Text.IndexOf('{', declared.Index + declared.Length);
            var end = EndOf(Text, start);
            var named = declared.Groups["type"].Value;
            var type = open.TryPeek(out var parent) && !named.Contains('.', StringComparison.Ordinal) ? $"{parent.Type}/{named}" : named;
            open.Push((type, end));
            yield return new BicepResource(Name, declared.Groups["symbol"].Value, type, declared.Groups["existing"].Success, Text[start..(end + 1)]);
        }
    }

    /// <summary>The members of an object, each with its value as written.</summary>
    internal static IEnumerable<(string Key, string Value)> Members(string text)
    {
        var at = 1;
        while (at < text.Length - 1)
        {
            var member = Member().Match(text, at);
            if (!member.Success) yield break;
            var start = member.Index + member.Length;
            var end = start;
            while (end < text.Length - 1 && text[end] is not ('\n' or ',')) end = text[end] is '{' or '[' or '(' or '\'' ? EndOf(text, end) + 1 : end + 1;
            // A resource within a resource: not a property.
            if (!member.Groups["key"].Value.StartsWith("resource ", StringComparison.Ordinal))
            {
                yield return (member.Groups["key"].Value.Trim('\''), text[start..end].Trim());
            }

            at = end;
        }
    }

    /// <summary>Where the bracket or quotation mark that stands at <paramref name="start"/> is closed.</summary>
    private static int EndOf(string text, int start)
    {
        if (text[start] == '\'') return EndOfString(text, start);
        for (var at = start + 1; at < text.Length; at++)
        {
            if (text[at] is '}' or ']' or ')') return at;
            if (text[at] is '{' or '[' or '(' or '\'') at = EndOf(text, at);
        }

        throw new FormatException("A bracket is not closed.");
    }

    private static int EndOfString(string text, int start)
    {
        for (var at = start + 1; at < text.Length; at++)
        {
            if (text[at] == '\\') at++;
            else if (text[at] == '\'') return at;
            else if (text[at] == '$' && text[at + 1] == '{') at = EndOf(text, at + 1);
        }

        throw new FormatException("A text is not closed.");
    }

    private static string WithoutComments(string text)
    {
        var kept = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\'')
            {
                var end = EndOfString(text, at);
                kept.Append(text, at, end - at + 1);
                at = end;
            }
            else if (text[at] == '/' && text[at + 1] == '/')
            {
                at = text.IndexOf('\n', at);
                kept.Append('\n');
            }
            else
            {
                kept.Append(text[at]);
            }
        }

        return kept.ToString();
    }

    [GeneratedRegex(@"^[ ]*resource\s+(?<symbol>\w+)\s+'(?<type>[^'@]+)(?:@[\w-]+)?'\s*(?<existing>existing)?\s*=", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"\G[\s,]*(?<key>resource \w+ '[^']+'[^=\n]*=|'[^'\n]*'\s*(?=:)|\w+\s*(?=:)):?[ ]*")]
    private static partial Regex Member();
}

/// <param name="Body">The outermost object, braces included.</param>
internal sealed record BicepResource(string File, string Symbol, string Type, bool IsExisting, string Body)
{
    /// <summary>The value of a property as it is written, or null. Members are separated by dots.</summary>
    public string? this[string path]
    {
        get
        {
            var value = Body;
            foreach (var key in path.Split('.'))
            {
                if (!value.StartsWith('{')) return null;
                value = BicepFile.Members(value).FirstOrDefault(member => member.Key == key).Value;
                if (value is null) return null;
            }

            return value;
        }
    }

    public bool Is(string type) => !IsExisting && Type.Equals(type, StringComparison.OrdinalIgnoreCase);

    public override string ToString() => $"{Symbol} in {File}";
}
