using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.ApiDocs;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.ApiDocs;

/// <summary>
/// Checks that the app enforces the documented body schemas. Each example is broken in every way that its schema forbids, one at a time, and the app must
/// name the member. Each free text is accepted at its full length.
/// </summary>
public sealed class RequestSchemaTests(ExampleApp example) : IClassFixture<ExampleApp>
{
    private const string Unknown = "999999999999";
    private const string Letters = @"\p{L}";

    private static readonly Dictionary<string, JsonObject> Acts = new()
    {
        ["ACCEPT"] = new JsonObject { ["comments"] = "Seen", ["priority"] = "URGENT" },
        ["RETURN"] = new JsonObject { ["comments"] = "Advice" },
        ["REJECT"] = new JsonObject { ["reason"] = "OTHER", ["comments"] = "Seen" },
        ["BOOK"] = new JsonObject
        {
            ["start"] = "2026-12-08T10:00:00Z",
            ["end"] = "2026-12-08T10:20:00Z",
            ["clinician"] = "103264994981",
            ["location"] = "Clinic 4",
        },
        ["APPOINTMENT_CANCEL"] = new JsonObject { ["reason"] = "CLINIC_CANCELLED", ["comments"] = "Seen" },
        ["APPOINTMENT_OUTCOME"] = new JsonObject { ["outcome"] = "DID_NOT_ATTEND", ["reason"] = "PATIENT_FORGOT", ["comments"] = "Seen" },
        ["CANCEL"] = new JsonObject { ["reason"] = "PATIENT_DIED", ["comments"] = "Seen" },
    };

    private readonly RunningApp _app = example.App;

    public static TheoryData<string> Operations { get; } =
    [
        .. Contract.Operations.Where(operation => operation.BodySchema is not null).Select(operation => operation.Id)
    ];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task The_app_rejects_a_body_exactly_where_the_schema_does(string id)
    {
        var operation = Contract.Operations.Single(operation => operation.Id == id);
        var faults = new List<string>();
        // Whether the caller has a part in a referral, and a service, is decided before the body is judged.
        var ubrn = operation.Path.Contains("{ubrn}", StringComparison.Ordinal) ? await _app.SubmitAsync(Sample.ReferringClinician) : Unknown;
        if (ubrn != Unknown) await _app.DrainAsync();
        foreach (var whole in BodiesOf(operation))
        {
            foreach (var (pointer, body, what) in Broken(whole, Contract.Schema(operation.BodySchema!), whole, ""))
            {
                Assert.NotEmpty(Contract.FaultsOf(body, Contract.Schema(operation.BodySchema!)));
                using var response = await SendAsync(operation, body, ubrn, service: operation.Id == "putSlots" ? "11000" : "799999");
                var pointers = (int)response.StatusCode == 422 ? Problems.In(await response.JsonAsync()).Select(error => error.Split(' ')[0]) : [];
                if (!pointers.Contains(pointer)) faults.Add($"{pointer} {what}: {(int)response.StatusCode} {string.Join(' ', pointers)}");
            }

            foreach (var (pointer, body) in Longest(whole, Contract.Schema(operation.BodySchema!), whole, ""))
            {
                using var response = await SendAsync(operation, body, Unknown, service: "799999");
                if ((int)response.StatusCode is 400 or 422) faults.Add($"{pointer} at its full length: {await response.Content.ReadAsStringAsync()}");
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public void Every_reason_of_an_operator_must_have_words()
    {
        var reasons = Contract.Operations.Where(operation => operation.BodySchema is not null && operation.Roles.Contains(Role.Operator))
            .SelectMany(operation => Contract.Schema(operation.BodySchema!)["properties"]!.AsObject()
                .Where(member => member.Key is "reason" or "emergency")
                .Select(member => (operation.Id, member.Key, Schema: Chosen(member.Value!, ""))))
            .ToArray();

        Assert.Equal(10, reasons.Length);
        Assert.All(reasons, one => Assert.Equal(
            (one.Id, one.Key, Letters), (one.Id, one.Key, one.Schema["pattern"]?.ToString())));
    }

    // Paper reports have a different form for each act.
    private static IEnumerable<JsonObject> BodiesOf(ApiOperation operation)
    {
        if (operation.Id != "reportPaper")
        {
            return [operation.BodyExamples[0].Value.DeepClone().AsObject(), operation.BodyExamples[^1].Value.DeepClone().AsObject()];
        }

        return Acts.Select(act =>
        {
            var entry = new JsonObject { ["ubrn"] = "999999999999", ["action"] = act.Key, ["at"] = "2026-11-25T09:30:00Z", ["by"] = "103264994981" };
            foreach (var (name, value) in act.Value) entry[name] = value!.DeepClone();
            return new JsonObject { ["entries"] = new JsonArray(entry) };
        });
    }

    private async Task<HttpResponseMessage> SendAsync(ApiOperation operation, JsonNode body, string ubrn, string service)
    {
        Actor[] callers = [Sample.ReferringClinician, Sample.ProviderClinician, Sample.Operator, new("000000000101", Sample.Provider, Role.ServiceDefiner)];
        var caller = callers.First(caller => operation.Roles.Contains(caller.Role));
        var path = operation.Path.Replace("{ubrn}", ubrn, StringComparison.Ordinal)
            .Replace("dead-letters/{id}", "dead-letters/referral-submitted.0", StringComparison.Ordinal)
            .Replace("services/{id}", $"services/{service}", StringComparison.Ordinal);
        return await _app.SendAsync(caller, new HttpMethod(operation.Verb.ToUpperInvariant()), path, body, ("If-Match", "W/\"1\""));
    }

    private static IEnumerable<(string Pointer, JsonNode Body, string What)> Broken(JsonNode value, JsonNode schema, JsonObject whole, string at)
    {
        schema = Chosen(schema, value);
        if (at.Length > 0)
        {
            yield return (at, With(whole, at, null), "null");
            yield return (
                at, With(whole, at, value is JsonValue text && text.TryGetValue<string>(out _) ? JsonValue.Create(7) : JsonValue.Create("text")),
                "of another type");
        }

        foreach (var (broken, what) in Replacements(schema)) yield return (at, With(whole, at, broken), what);
        if (value is JsonObject members)
        {
            yield return ($"{at}/noSuchMember", With(whole, $"{at}/noSuchMember", JsonValue.Create("text")), "unknown");
            foreach (var name in (schema["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>()))
            {
                yield return ($"{at}/{name}", Without(whole, $"{at}/{name}"), "left out");
            }

            foreach (var (name, member) in members)
            {
                foreach (var broken in Broken(member!, schema["properties"]![name]!, whole, $"{at}/{name}")) yield return broken;
            }
        }
        else if (value is JsonArray { Count: > 0 } items)
        {
            if (schema["minItems"] is not null) yield return (at, With(whole, at, new JsonArray()), "empty");
            if (schema["maxItems"] is { } most) yield return (at, With(whole, at, Copies(items[0]!, most.GetValue<int>() + 1)), "too long");
            if (schema["uniqueItems"] is not null) yield return ($"{at}/1", With(whole, at, Copies(items[0]!, 2)), "twice the same");
            foreach (var broken in Broken(items[0]!, schema["items"]!, whole, $"{at}/0")) yield return broken;
        }
    }

    // The rules decide whether a reason fits the referral, and they run after the schema check.
    private static IEnumerable<(JsonNode Broken, string What)> Replacements(JsonNode schema)
    {
        if (schema["enum"] is not null && !schema["enum"]!.AsArray().Any(code => code!.ToString() is "OTHER" or "PATIENT_ILL" or "PATIENT_DIED"))
        {
            yield return ("NO_SUCH_CODE", "an unknown code");
        }

        if (schema["enum"] is not null) yield return ("no code", "no code");
        if (LongestText(schema) is { } longest) yield return (new string('x', longest + 1), "too long");
        if (schema["pattern"]?.ToString() == Letters) yield return ("1234 ... 5678", "without a letter");
        if (schema["pattern"] is { } pattern) yield return (pattern.ToString() == @"\S" ? "   " : "§", "of another form");
        if (schema["format"]?.ToString() is "date" or "date-time") yield return ("yesterday", "no time");
        if (schema["minimum"] is { } least) yield return (least.GetValue<int>() - 1, "too small");
        if (schema["maximum"] is { } most) yield return (most.GetValue<int>() + 1, "too large");
    }

    private static IEnumerable<(string Pointer, JsonNode Body)> Longest(JsonNode value, JsonNode schema, JsonObject whole, string at)
    {
        schema = Chosen(schema, value);
        if (LongestText(schema) is { } longest) yield return (at, With(whole, at, new string('x', longest)));

        if (schema["maximum"] is { } most) yield return (at, With(whole, at, most.GetValue<int>()));
        if (value is JsonObject members)
        {
            foreach (var (name, member) in members)
            {
                foreach (var full in Longest(member!, schema["properties"]![name]!, whole, $"{at}/{name}")) yield return full;
            }
        }
        else if (value is JsonArray { Count: > 0 } items)
        {
            foreach (var full in Longest(items[0]!, schema["items"]!, whole, $"{at}/0")) yield return full;
        }
    }

    // Null when it is not a free text.
    private static int? LongestText(JsonNode schema) => schema["pattern"]?.ToString() is @"\S" or Letters ? schema["maxLength"]?.GetValue<int>() : null;

    private static JsonNode Chosen(JsonNode schema, JsonNode value)
    {
        while (schema["$ref"]?.GetValue<string>() is { } reference) schema = Contract.Schema(reference.Split('/')[^1]);
        return schema["discriminator"]?["mapping"] is { } mapping
            ? Contract.Schema(mapping[value["action"]!.GetValue<string>()]!.GetValue<string>().Split('/')[^1])
            : schema;
    }

    private static JsonArray Copies(JsonNode item, int count) => [.. Enumerable.Range(0, count).Select(_ => item.DeepClone())];

    private static JsonNode With(JsonObject whole, string at, JsonNode? value)
    {
        var (copy, parent, name) = Open(whole, at);
        if (parent is JsonArray items) items[Index(name)] = value;
        else parent[name] = value;
        return copy;
    }

    private static JsonNode Without(JsonObject whole, string at)
    {
        var (copy, parent, name) = Open(whole, at);
        parent.AsObject().Remove(name);
        return copy;
    }

    private static (JsonNode Copy, JsonNode Parent, string Name) Open(JsonObject whole, string at)
    {
        var copy = whole.DeepClone();
        var steps = at.Split('/')[1..];
        var parent = steps[..^1].Aggregate((JsonNode)copy, (node, step) => node is JsonArray items ? items[Index(step)]! : node[step]!);
        return (copy, parent, steps[^1]);
    }

    private static int Index(string step) => int.Parse(step, CultureInfo.InvariantCulture);
}
