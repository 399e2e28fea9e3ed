using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Http.Html;

namespace EReferrals.Web;

/// <summary>
/// The static files of the clinic's page, as <c>build.mjs</c> prepared them. Their addresses contain a hash of all of them, so that an address never
/// changes its content.
/// </summary>
internal static class Site
{
    private const string Prefix = "site/";

    private static readonly FrozenDictionary<string, SiteFile> Files = Read();

    /// <summary>The hash of all files, which is part of their addresses.</summary>
    public static string Version { get; } = Encoding.UTF8.GetString(EmbeddedFile.Bytes(typeof(Site).Assembly, $"{Prefix}version.txt")).Trim();

    /// <summary>The page itself: the same for every view.</summary>
    public static SiteFile Page => Files["index.html"];

    public static IReadOnlyDictionary<string, SiteFile> All => Files;

    public static SiteFile? Find(string version, string name) => version == Version ? Files.GetValueOrDefault(name) : null;

    private static FrozenDictionary<string, SiteFile> Read()
    {
        var names = typeof(Site).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..].Replace('\\', '/')).ToHashSet();
        return names.Where(name => !name.EndsWith(".br", StringComparison.Ordinal) && !name.EndsWith(".gz", StringComparison.Ordinal))
            .ToFrozenDictionary(name => name, name =>
            {
                var plain = EmbeddedFile.Bytes(typeof(Site).Assembly, Prefix + name);
                return new SiteFile(
                    TypeOf(name),
                    $"\"{Convert.ToHexStringLower(SHA256.HashData(plain).AsSpan(0, 10))}\"",
                    plain,
                    names.Contains($"{name}.br") ? EmbeddedFile.Bytes(typeof(Site).Assembly, $"{Prefix}{name}.br") : null,
                    names.Contains($"{name}.gz") ? EmbeddedFile.Bytes(typeof(Site).Assembly, $"{Prefix}{name}.gz") : null);
            });
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => HtmlPage.ContentType,
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".txt" => "text/plain; charset=utf-8",
        _ => throw new InvalidOperationException($"{name} has a type that the site does not serve."),
    };
}
