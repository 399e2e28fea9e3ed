using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using EReferrals.ApiDocs;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.ApiDocs;

public sealed class DocsPageTests
{
    private static readonly XDocument Page = Parse();

    [Fact]
    public void The_page_is_well_formed_without_scripts_or_external_resources()
    {
        Assert.Empty(Page.Descendants("script"));
        Assert.DoesNotContain(
            Page.Descendants().Attributes(),
            attribute => attribute.Name.LocalName is "style" or "src" or "srcset" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain(Page.Descendants(), element => element.Name.LocalName is "link" or "img" or "iframe" or "object" or "form");
        Assert.All(Page.Descendants().Attributes("href"), link => Assert.True(link.Value[0] is '#' or '/', link.Value));
    }

    [Fact]
    public void The_content_security_policy_allows_only_the_one_style_sheet()
    {
        var style = Page.Descendants("style").Single().Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));

        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", DocsPage.SecurityPolicy);
        Assert.DoesNotContain("url(", style, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_can_be_navigated_by_landmarks_headings_and_labels()
    {
        Assert.Equal("en-GB", Page.Root!.Attribute("lang")!.Value);
        Assert.Single(Page.Descendants("main"));
        Assert.Single(Page.Descendants("h1"));
        Assert.Equal("#content", Page.Descendants("body").Elements().First().Attribute("href")!.Value);
        Assert.All(Page.Descendants("nav"), nav => Assert.NotNull(nav.Attribute("aria-label")));
        Assert.All(Page.Descendants("table"), table => Assert.False(string.IsNullOrWhiteSpace(table.Element("caption")?.Value)));
        Assert.All(Page.Descendants("th"), head => Assert.True(head.Attribute("scope")?.Value is "col" or "row"));
        Assert.All(Page.Descendants("tr"), row => Assert.False(string.IsNullOrWhiteSpace(row.Elements().First().Value)));

        // Heading levels never skip a level on the way down.
        var levels = Page.Descendants()
            .Select(element => element.Name.LocalName)
            .Where(name => name is "h1" or "h2" or "h3" or "h4")
            .Select(name => name[1] - '0')
            .ToArray();
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1));
    }

    [Fact]
    public void Every_link_has_a_target_and_every_id_is_unique()
    {
        var ids = Page.Descendants().Attributes("id").Select(id => id.Value).ToArray();

        Assert.Equal(ids.Distinct(), ids);
        Assert.Empty(Page.Descendants().Attributes("href").Select(link => link.Value).Where(link => link[0] == '#').Select(link => link[1..]).Except(ids));
        Assert.Empty(Page.Descendants().Attributes("aria-labelledby").Select(label => label.Value).Except(ids));
    }

    [Fact]
    public void The_page_shows_every_operation_with_its_whole_description()
    {
        foreach (var operation in Contract.Operations)
        {
            var article = Page.Descendants("article").Single(article => article.Attribute("aria-labelledby")!.Value == operation.Id);
            var text = article.Value;
            Assert.Contains(operation.Summary, text, StringComparison.Ordinal);
            Assert.Contains($"{operation.Verb.ToUpperInvariant()} {operation.Path}", text, StringComparison.Ordinal);
            Assert.All(operation.Responses, response => Assert.Contains(response.Status, text, StringComparison.Ordinal));
            Assert.All(
                operation.Parameters.Where(parameter => !parameter.IsCaller), parameter => Assert.Contains(parameter.Name, text, StringComparison.Ordinal));
            Assert.All(operation.Roles, role => Assert.Contains(Code.From(role), text, StringComparison.Ordinal));
            Assert.Contains("curl", article.Element("pre")!.Value, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_page_shows_every_part_of_the_document()
    {
        var text = Page.Root!.Value;
        var members = Contract.Root["components"]!["schemas"]!.AsObject()
            .SelectMany(schema => (schema.Value!["properties"] as JsonObject ?? []).Select(member => member.Key)
                .Concat((schema.Value["enum"] as JsonArray ?? []).Select(code => code!.GetValue<string>())).Append(schema.Key));

        Assert.All(members.Distinct(), member => Assert.Contains(member, text, StringComparison.Ordinal));
    }

    internal static XDocument Parse()
    {
        using var reader = XmlReader.Create(new MemoryStream(DocsPage.Current.Bytes), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }
}
