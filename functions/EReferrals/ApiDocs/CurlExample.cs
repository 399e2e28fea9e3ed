using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.ApiDocs;

/// <summary>A request as a line for a shell, in which SERVICE and TOKEN are set as the guide says.</summary>
internal static class CurlExample
{
    public static string From(ApiOperation operation)
    {
        var words = new List<string> { operation.AnswersFile ? "curl -sS -OJ" : "curl -sS" };
        if (operation.Verb is "put" or "delete" || (operation.Verb == "post" && operation.BodyType is null)) words.Add($"-X {operation.Verb.ToUpperInvariant()}");
        words.Add($"\"$SERVICE{Address(operation)}\"");
        words.AddRange(Headers(operation).Select(header => $"\\\n  -H {header}"));
        if (operation.BodyExample is { } body) words.Add($"\\\n  -d '{ExampleText.From(body).Replace("'", @"'\''", StringComparison.Ordinal)}'");
        else if (operation.BodyType is not null) words.Add("\\\n  --data-binary @letter.pdf");
        return string.Join(' ', words);
    }

    private static string Address(ApiOperation operation)
    {
        var path = operation.Parameters.Where(parameter => parameter.In == "path")
            .Aggregate(operation.Path, (so, parameter) => so.Replace($"{{{parameter.Name}}}", parameter.Example, StringComparison.Ordinal));
        var query = operation.Parameters.Where(parameter => parameter is { In: "query", Example: not null })
            .Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Example!)}");
        return string.Join('?', new[] { path, string.Join('&', query) }.Where(part => part.Length > 0));
    }

    private static IEnumerable<string> Headers(ApiOperation operation)
    {
        if (operation.Roles.Count > 0)
        {
            var role = CallerOf(operation);
            yield return "\"Authorization: Bearer $TOKEN\"";
            yield return $"'NHSD-End-User-Organisation-ODS: {(role.IsReferring() ? "D82106" : "R69")}'";
            yield return $"'NHSD-eRS-Business-Function: {Code.From(role)}'";
        }

        if (operation.HasOwnSecurity) yield return "\"apikey: $MONITORING_KEY\"";
        foreach (var header in operation.Parameters.Where(parameter => parameter is { In: "header", IsCaller: false, Example: not null }))
        {
            // A key belongs to one operation: whoever tries one example after the other needs another key for each.
            yield return header.Name == "Idempotency-Key" ? $"'{header.Name}: {operation.Id}-{header.Example}'" : $"'{header.Name}: {header.Example}'";
        }

        if (operation.BodyType is { } type) yield return $"'Content-Type: {type}'";
    }

    // The practice writes where it may; the hospital reads.
    private static Role CallerOf(ApiOperation operation)
    {
        Role[] preferred = operation.Verb == "get" ? [Role.ServiceProviderClinician, Role.ReferringClinician] : [Role.ReferringClinician, Role.ServiceProviderClinician];
        return preferred.Append(operation.Roles[0]).First(operation.Roles.Contains);
    }
}
