using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <summary>
/// Checks that the further top-level types of a file exist only for its first type, which the file is named after. A further type does if one of these is
/// true: 1. It derives from the first type. 2. It is a part of the first type: that is a record, and a member of it, or of another part, names the
/// further type. 3. Every other file that names it also names the first type. JSON contexts do not count, because they name all types that they serialise.
/// </summary>
internal static partial class TypeFiles
{
    /// <summary>Returns one sentence for each type that needs a file of its own.</summary>
    /// <param name="sources">The texts of the files, by path.</param>
    public static IReadOnlyList<string> Faults(IReadOnlyDictionary<string, string> sources)
    {
        var code = sources.ToDictionary(source => source.Key, source => CommentsAndStrings().Replace(source.Value, ""));
        return [.. code.SelectMany(file => FaultsOf(file.Key, TypesIn(file.Value), code))];
    }

    private static IEnumerable<string> FaultsOf(string file, IReadOnlyList<DeclaredType> types, Dictionary<string, string> code)
    {
        if (types.DistinctBy(type => type.Name).Count() < 2) yield break;
        // BrokerQueue.Sending.cs holds a part of the class BrokerQueue.
        var name = Path.GetFileName(file).Split('.')[0];
        if (types.FirstOrDefault(type => type.Name == name) is not { } first)
        {
            yield return $"{file} has several types and none is named {name}.";
            yield break;
        }

        var family = FamilyOf(first, types);
        foreach (var further in types.Except(family).DistinctBy(type => type.Name))
        {
            var strangers = code.Where(other => other.Key != file && !other.Value.Contains("JsonSerializerContext", StringComparison.Ordinal))
                .Where(other => Names(other.Value, further.Name) && !Names(other.Value, name));
            foreach (var (stranger, _) in strangers.Take(1)) yield return $"{further.Name} needs its own file: {stranger} names it without {name}.";
        }
    }

    private static HashSet<DeclaredType> FamilyOf(DeclaredType first, IReadOnlyList<DeclaredType> types)
    {
        var family = types.Where(type => type.Name == first.Name).ToHashSet();
        while (types.FirstOrDefault(type => !family.Contains(type) && family.Any(member => type.DerivesFrom(member) || member.HasPart(type))) is { } found)
        {
            family.Add(found);
        }

        return family;
    }

    private static IReadOnlyList<DeclaredType> TypesIn(string code)
    {
        var starts = Declarations().Matches(code);
        return
        [
            .. starts.Select((start, index) => new DeclaredType(
                start.Groups["name"].Value,
                start.Groups["kind"].Value.StartsWith("record", StringComparison.Ordinal),
                code[start.Index..(index + 1 < starts.Count ? starts[index + 1].Index : code.Length)])),
        ];
    }

    // In a file with a member or variable of this name, every use of the name is taken for that. The name of a property in an initializer is no use.
    private static bool Names(string code, string type) => code.Contains(type, StringComparison.Ordinal)
        && Regex.IsMatch(code, $@"(?<![.\w]){type}\b(?!\s*=[^=>])")
        && !Regex.IsMatch(code, $@"\b(?!(?:{Keywords}|{type})\b)\w+[>?\]]*\s+{type}\b");

    private const string Keywords =
        "abstract|and|as|async|await|case|class|const|enum|event|in|internal|is|new|not|or|out|override|params|partial|private|protected|public|readonly|"
        + "record|ref|required|return|sealed|static|struct|this|throw|virtual|volatile|when|where";

    /// <param name="Text">The code from this declaration to the next.</param>
    private sealed record DeclaredType(string Name, bool IsRecord, string Text)
    {
        public bool DerivesFrom(DeclaredType other) => Regex.IsMatch(Text.Split('{')[0], $@":\s*{other.Name}\b");

        public bool HasPart(DeclaredType other) => IsRecord && Names(Text, other.Name);
    }

    [GeneratedRegex(@"//.*|""[^""\n]*""")]
    private static partial Regex CommentsAndStrings();

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|static|sealed|abstract|partial|readonly|ref) )*"
        + @"(?<kind>class|record struct|record|struct|interface|enum|delegate [\w<>?]+) (?<name>\w+)",
        RegexOptions.Multiline)]
    private static partial Regex Declarations();
}
