using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.ApiDocs;

/// <summary>Writes a request as a curl command. The guide explains how to set SERVICE and TOKEN.</summary>
internal static class CurlExample
{
    public static string From(ApiOperation operation)
    {
        var words = new List<string> { operation.ReturnsFile ? "curl -sS -OJ" : "curl -sS" };
        if (operation.Verb is "put" or "delete" || (operation.Verb == "post" && operation.BodyType is null))
        {
            words.Add($"-X {operation.Verb.ToUpperInvariant()}");
        }

        // The names of the e-RS operations begin with a $, which is not a variable of the shell.
        words.Add($"\"$SERVICE{Address(operation).Replace("$", @"\$", StringComparison.Ordinal)}\"");
        words.AddRange(Headers(operation).Select(header => $"\\\n  -H {header}"));
        if (operation.BodyExample is { } body) words.Add($"\\\n  -d '{ExampleText.From(body).Replace("'", @"'\''", StringComparison.Ordinal)}'");
        else if (operation.BodyType is not null) words.Add("\\\n  --data-binary @letter.pdf");
        return string.Join(' ', words);
    }

    private static string Address(ApiOperation operation)
    {
        var path = operation.Parameters.Where(parameter => parameter.In == "path")
            .Aggregate(operation.Path, (address, parameter) => address.Replace($"{{{parameter.Name}}}", parameter.Example, StringComparison.Ordinal));
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
            // An Idempotency-Key is valid for one operation, so each example has its own.
            yield return header.Name == "Idempotency-Key" ? $"'{header.Name}: {operation.Id}-{header.Example}'" : $"'{header.Name}: {header.Example}'";
        }

        if (operation.BodyType is { } type) yield return $"'Content-Type: {type}'";
    }

    // Prefers the hospital for reads and the practice for writes. The guide's token has each of these roles.
    private static Role CallerOf(ApiOperation operation)
    {
        Role[] preferred = operation.Verb == "get"
            ? [Role.ServiceProviderClinician, Role.ReferringClinician]
            : [Role.ReferringClinician, Role.ServiceProviderClinician, Role.ServiceDefiner];
        return preferred.Append(operation.Roles[0]).First(operation.Roles.Contains);
    }
}
