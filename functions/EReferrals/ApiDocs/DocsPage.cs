using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text;
using EReferrals.Http.Html;
using EReferrals.Referrals.Values;

namespace EReferrals.ApiDocs;

/// <summary>Renders the OpenAPI document as one HTML page, without scripts or external resources, as well-formed XML.</summary>
internal sealed class DocsPage
{
    private const string Problems = "problems";
    private const string Members = "members";
    private const string Codes = "codes";

    private static readonly HtmlPage Page = new(EmbeddedFile.Text(typeof(DocsPage), "DocsPage.css"));
    private static readonly Lazy<DocsPage> Rendered = new(() => new DocsPage(ApiDocument.Current.Root));

    private readonly JsonObject _root;
    private readonly IReadOnlyList<ApiOperation> _operations;
    private readonly StringBuilder _html = new(256 * 1024);

    private DocsPage(JsonObject root)
    {
        _root = root;
        _operations = ApiOperation.In(root);
        AddPage();
        Bytes = Encoding.UTF8.GetBytes(_html.ToString());
        Tag = ApiDocument.TagOf(Bytes);
    }

    public static DocsPage Current => Rendered.Value;

    public static string SecurityPolicy => Page.Policy;

    public byte[] Bytes { get; }

    public string Tag { get; }

    private JsonObject Schemas => _root["components"]!["schemas"]!.AsObject();

    private string Guide => _root["info"]!["description"]!.GetValue<string>();

    private IEnumerable<(string Name, string Description)> Tags =>
        _root["tags"]!.AsArray().Select(tag => (tag!["name"]!.GetValue<string>(), tag["description"]!.GetValue<string>()));

    private void AddPage()
    {
        _html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en-GB">
            <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <title>Electronic referrals: the API</title>
            <style>{Page.Style}</style>
            </head>
            <body>
            <a class="skip" href="#content">Skip to the content</a>
            <header><div class="wide"><p>Electronic referrals: the API</p>
            <p class="small"><a href="/openapi.json">OpenAPI document</a> <a href="/">Service status</a></p></div></header>
            <div class="wide columns">

            """);
        AddContents();
        _html.Append(
            CultureInfo.InvariantCulture,
            $"<main id=\"content\">\n<h1>{HtmlPage.Encode(_root["info"]!["summary"]!.GetValue<string>())}</h1>\n<div class=\"guide\">\n");
        Prose.Write(_html, Guide);
        _html.Append("</div>\n");
        AddProblems();
        foreach (var (name, description) in Tags) AddGroup(name, description);
        AddMembers();
        AddCodes();
        _html.Append("</main>\n</div>\n</body>\n</html>\n");
    }

    private void AddContents()
    {
        _html.Append("<nav aria-label=\"Contents\">\n<ul>\n");
        foreach (var heading in Prose.HeadingsOf(Guide)) AddLink(Prose.IdOf(heading), heading);
        AddLink(Problems, "Error responses");
        foreach (var (name, _) in Tags)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<li><a href=\"#{Prose.IdOf(name)}\">{name}</a>\n<ul>\n");
            foreach (var operation in In(name)) AddLink(operation.Id, operation.Summary);
            _html.Append("</ul></li>\n");
        }

        AddLink(Members, "Objects and their members");
        AddLink(Codes, "Codes and identifiers");
        _html.Append("</ul>\n</nav>\n");
    }

    private void AddLink(string id, string text) => _html.Append(CultureInfo.InvariantCulture, $"<li><a href=\"#{id}\">{Prose.Inline(text)}</a></li>\n");

    private void AddProblems()
    {
        _html.Append(CultureInfo.InvariantCulture, $"<h2 id=\"{Problems}\">Error responses</h2>\n");
        BeginTable("Error responses by status and type", "Status and type", "What it means");
        var shared = _root["components"]!["responses"]!.AsObject().Select(response => response.Value!)
            .Select(response => (Text: response["description"]!.GetValue<string>(), Problem: response["content"]?["application/problem+json"]?["example"]))
            .Where(response => response.Problem is not null)
            .OrderBy(response => response.Problem!["status"]!.GetValue<int>());
        foreach (var (text, problem) in shared)
        {
            AddRow($"{problem!["status"]} <span class=\"soft\">{problem["type"]!.GetValue<string>().Split(':')[^1]}</span>", Prose.Inline(text));
        }

        EndTable();
        var example = _root["components"]!["responses"]!["NotAcceptable"]!["content"]!["application/problem+json"]!["example"];
        _html.Append(CultureInfo.InvariantCulture, $"<h3 class=\"minor\">Example</h3>\n<pre>{Json(example)}</pre>\n");
    }

    private void AddGroup(string name, string description)
    {
        _html.Append(
            CultureInfo.InvariantCulture,
            $"<section aria-labelledby=\"{Prose.IdOf(name)}\">\n<h2 id=\"{Prose.IdOf(name)}\">{name}</h2>\n<p>{Prose.Inline(description)}</p>\n<ul "
                + $"class=\"plain calls\">\n");
        foreach (var operation in In(name))
        {
            _html.Append(
                CultureInfo.InvariantCulture,
                $"<li>{Verb(operation)} <a href=\"#{operation.Id}\">{Address(operation)}</a> <span "
                    + $"class=\"soft\">{Prose.Inline(operation.Summary)}</span></li>\n");
        }

        _html.Append("</ul>\n");
        foreach (var operation in In(name)) AddOperation(operation);
        _html.Append("</section>\n");
    }

    private void AddOperation(ApiOperation operation)
    {
        _html.Append(
            CultureInfo.InvariantCulture,
            $"<article class=\"card\" aria-labelledby=\"{operation.Id}\">\n<h3 id=\"{operation.Id}\">{Prose.Inline(operation.Summary)}</h3>\n<p "
                + $"class=\"call\">{Verb(operation)} {Address(operation)}</p>\n");
        if (operation.Description is { } description) Prose.Write(_html, description);
        AddWho(operation);
        AddParameters(operation);
        AddBody(operation);
        AddResponses(operation);
        AddExamples(operation);
        _html.Append("</article>\n");
    }

    private void AddWho(ApiOperation operation)
    {
        var who = operation.Roles.Count > 0 ? string.Join(", ", operation.Roles.Select(role => $"<code>{Code.From(role)}</code>"))
            : operation.HasOwnSecurity ? "Callers that send the monitoring key in the header <code>apikey</code>"
            : "Anyone, without a token";
        _html.Append(CultureInfo.InvariantCulture, $"<p class=\"who\"><strong>Who may call it:</strong> {who}</p>\n");
    }

    private void AddParameters(ApiOperation operation)
    {
        var own = operation.Parameters.Where(parameter => !parameter.IsCaller).ToArray();
        if (own.Length == 0) return;
        BeginTable("Parameters", "Name", "Meaning");
        foreach (var parameter in own)
        {
            var where = parameter.In switch { "path" => "in the path", "query" => "in the query", _ => "header" };
            var need = parameter.IsRequired ? "" : ", optional";
            AddRow(
                $"<code>{parameter.Name}</code> <span class=\"soft\">{where}{need}</span>",
                $"{Prose.Inline(parameter.Description)} <span class=\"type\">{SchemaWords.From(parameter.Schema)}</span>");
        }

        EndTable();
    }

    private void AddBody(ApiOperation operation)
    {
        if (operation.BodySchema is { } schema)
        {
            AddSchema(schema, $"Body: <span id=\"{schema}\">{schema}</span>. {Prose.Inline(Schemas[schema]!["description"]!.GetValue<string>())}");
        }
        else if (operation.Node["requestBody"] is { } body)
        {
            var types = string.Join(", ", body["content"]!.AsObject().Select(type => $"<code>{type.Key}</code>"));
            _html.Append(
                CultureInfo.InvariantCulture,
                $"<p><strong>Body:</strong> {Prose.Inline(body["description"]!.GetValue<string>())} <span class=\"soft\">{types}</span></p>\n");
        }
    }

    private void AddResponses(ApiOperation operation)
    {
        BeginTable("Responses", "Status", "Meaning");
        foreach (var response in operation.Responses.Where(response => !response.IsCommon))
        {
            AddRow(StatusOf(response), $"{Prose.Inline(response.Description)}{ContentOf(response)}{HeadersOf(response)}");
        }

        EndTable();
        var everywhere = operation.Responses.Where(response => response.IsCommon).Select(response => response.Status).Order(StringComparer.Ordinal).ToArray();
        if (everywhere.Length > 0)
        {
            _html.Append(
                CultureInfo.InvariantCulture, $"<p class=\"soft\">Also the <a href=\"#{Problems}\">error responses</a> {string.Join(", ", everywhere)}.</p>\n");
        }
    }

    private static string StatusOf(ApiResponse response)
    {
        var status = (HttpStatusCode)int.Parse(response.Status, CultureInfo.InvariantCulture);
        // "PreconditionRequired" in words.
        var words = string.Concat(
            status.ToString().Select((letter, at) => at > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : letter.ToString()));
        return $"{response.Status} <span class=\"soft\">{(words == "O k" ? "OK" : words)}</span>";
    }

    private static string ContentOf(ApiResponse response)
    {
        var types = response.Content.Where(type => type.Key != "application/problem+json").ToArray();
        if (types.Length == 0) return "";
        var content = types.Length > 3
            ? "the type of the uploaded file"
            : string.Join(
                " or ",
                types.Select(
                    type => type.Value?["schema"] is { } schema && schema["$ref"] is not null ? SchemaWords.From(schema) : $"<code>{type.Key}</code>"));
        return $" <span class=\"type\">{content}</span>";
    }

    private static string HeadersOf(ApiResponse response)
    {
        var own = response.Headers.Select(header => header.Key)
            .Where(name => !name.StartsWith("X-", StringComparison.Ordinal) && !name.StartsWith("RateLimit-", StringComparison.Ordinal)).ToArray();
        return own.Length == 0 ? "" : $" <span class=\"type\">Headers: {string.Join(", ", own.Select(name => $"<code>{name}</code>"))}</span>";
    }

    private void AddExamples(ApiOperation operation)
    {
        _html.Append(CultureInfo.InvariantCulture, $"<h4>Example</h4>\n<pre>{HtmlPage.Encode(CurlExample.From(operation))}</pre>\n");
        foreach (var (summary, value) in operation.BodyExamples.Skip(1))
        {
            _html.Append(CultureInfo.InvariantCulture, $"<p>{Prose.Inline(summary)}:</p>\n<pre>{Json(value)}</pre>\n");
        }

        foreach (var response in operation.Responses.Where(response => response.Shared is null && response.Content["application/json"]?["example"] is not null))
        {
            _html.Append(
                CultureInfo.InvariantCulture, $"<p>Response {response.Status}:</p>\n<pre>{Json(response.Content["application/json"]!["example"])}</pre>\n");
        }
    }

    private void AddMembers()
    {
        var shown = _operations.Select(operation => operation.BodySchema).ToHashSet();
        _html.Append(CultureInfo.InvariantCulture, $"<section aria-labelledby=\"{Members}\">\n<h2 id=\"{Members}\">Objects and their members</h2>\n");
        var others = Schemas.Where(schema => !shown.Contains(schema.Key) && !IsText(schema.Value!));
        foreach (var (name, schema) in others.OrderBy(schema => schema.Key, StringComparer.Ordinal))
        {
            _html.Append(
                CultureInfo.InvariantCulture,
                $"<div class=\"card\">\n<h3 id=\"{name}\">{name}</h3>\n<p>{Prose.Inline(schema!["description"]!.GetValue<string>())}</p>\n");
            AddSchema(name, $"The members of {name}");
            _html.Append("</div>\n");
        }

        _html.Append("</section>\n");
    }

    private void AddSchema(string name, string caption)
    {
        var schema = Schemas[name]!;
        if (schema["oneOf"] is not null && schema["properties"] is null)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<p>One of: {SchemaWords.From(schema)}</p>\n");
            return;
        }

        var required = (schema["required"] as JsonArray ?? []).Select(member => member!.GetValue<string>()).ToHashSet();
        BeginTable(caption, "Member", "Meaning");
        foreach (var (member, value) in schema["properties"]!.AsObject())
        {
            var need = required.Contains(member) ? "" : " <span class=\"soft\">optional</span>";
            var meaning = value!["description"]?.GetValue<string>() is { } text ? $"{Prose.Inline(text)} " : "";
            AddRow($"<code>{member}</code>{need}", $"{meaning}<span class=\"type\">{SchemaWords.From(value)}</span>");
        }

        EndTable();
    }

    private void AddCodes()
    {
        _html.Append(
            CultureInfo.InvariantCulture, $"<section aria-labelledby=\"{Codes}\">\n<h2 id=\"{Codes}\">Codes and identifiers</h2>\n<dl class=\"card\">\n");
        foreach (var (name, schema) in Schemas.Where(schema => IsText(schema.Value!)).OrderBy(schema => schema.Key, StringComparer.Ordinal))
        {
            var description = Prose.Inline(schema!["description"]!.GetValue<string>());
            _html.Append(
                CultureInfo.InvariantCulture,
                $"<dt id=\"{name}\">{name}</dt>\n<dd>{description} <span class=\"type\">{SchemaWords.From(schema)}</span></dd>\n");
        }

        _html.Append("</dl>\n</section>\n");
    }

    private IEnumerable<ApiOperation> In(string tag) => _operations.Where(operation => operation.Tag == tag);

    private void BeginTable(string caption, string name, string meaning) =>
        _html.Append(
            CultureInfo.InvariantCulture,
            $"<table>\n<caption>{caption}</caption>\n<thead><tr><th scope=\"col\"><span class=\"hidden\">{name}</span></th><th scope=\"col\"><span "
                + $"class=\"hidden\">{meaning}</span></th></tr></thead>\n<tbody>\n");

    private void AddRow(string name, string meaning) =>
        _html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{name}</th><td>{meaning}</td></tr>\n");

    private void EndTable() => _html.Append("</tbody>\n</table>\n");

    private static bool IsText(JsonNode schema) => schema["type"]?.ToString() == "string";

    private static string Json(JsonNode? example) => HtmlPage.Encode(ExampleText.From(example));

    private static string Verb(ApiOperation operation) => $"<span class=\"verb {operation.Verb}\">{operation.Verb.ToUpperInvariant()}</span>";

    // Allows a line break after each slash.
    private static string Address(ApiOperation operation) => $"<code>{operation.Path.Replace("/", "/<wbr />", StringComparison.Ordinal)}</code>";
}
