namespace EReferrals.Tests.Policy;

public sealed class TypeFilesTests
{
    private static readonly string[] Folders = ["functions/EReferrals", "infra/local"];

    [Fact]
    public void No_file_holds_a_type_that_is_used_apart_from_the_type_that_names_the_file()
    {
        var sources = Folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj"))
            .ToDictionary(path => path, path => File.ReadAllText(Path.Combine(Repository.Root, path)));

        Assert.Empty(TypeFiles.Faults(sources));
    }

    [Fact]
    public void A_type_that_another_file_uses_alone_needs_its_own_file() => Assert.Equal(
        ["Other needs its own file: User.cs names it without First."],
        Faults("public class First { }\n\npublic enum Other { }\n", "class User { void Use(Other other) { } }"));

    [Fact]
    public void A_file_of_several_types_is_named_after_one_of_them() => Assert.Equal(
        ["First.cs has several types and none is named First."], Faults("class One { }\nclass Two { }\n", ""));

    [Fact]
    public void A_type_that_is_used_only_together_with_the_first_may_stay_with_it() =>
        Assert.Empty(Faults("class First { }\nclass Other { }\n", "class User(First first) { Other Use() => first.Use(); }"));

    [Fact]
    public void The_types_that_derive_from_the_first_may_stay_with_it() =>
        Assert.Empty(Faults("abstract record First;\nsealed record Other(int Number)\n    : First;\n", "class User(Other other);"));

    [Fact]
    public void The_parts_of_a_record_and_the_parts_of_its_parts_may_stay_with_it() =>
        Assert.Empty(Faults("record First(Part Part);\nrecord Part(Kind Kind);\nenum Kind { A }\n", "class User(Kind kind);"));

    [Fact]
    public void A_member_or_variable_with_the_name_of_a_type_is_not_that_type() =>
        Assert.Empty(Faults("class First { }\nclass Other { }\n", "class User { int Other { get; } int Use(User user) => user.Other; }"));

    [Fact]
    public void A_comment_and_a_string_use_no_type() =>
        Assert.Empty(Faults("class First { }\nclass Other { }\n", "// (Other)\nclass User { string Text => \"(Other)\"; }"));

    private static IReadOnlyList<string> Faults(string first, string user) =>
        TypeFiles.Faults(new Dictionary<string, string> { ["First.cs"] = first, ["User.cs"] = user });
}
