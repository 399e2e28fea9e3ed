using System.Text.Json;
using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <summary>The ARM template that a Bicep template compiles to.</summary>
internal sealed partial class CompiledTemplate
{
    private static readonly Lazy<CompiledTemplate> CompiledMain = new(() => Compile("main.bicep"));
    private static readonly Lazy<CompiledTemplate> CompiledTakeover = new(() => Compile("takeover.bicep"));

    private CompiledTemplate(string text)
    {
        Text = text;
        using var template = JsonDocument.Parse(text);
        var parameters = template.RootElement.GetProperty("parameters").EnumerateObject();
        Parameters = [.. parameters.Select(parameter => new TemplateParameter(parameter.Name, parameter.Value.Clone()))];
        Outputs = template.RootElement.TryGetProperty("outputs", out var outputs) ? [.. outputs.EnumerateObject().Select(output => output.Name)] : [];
    }

    public static CompiledTemplate Main => CompiledMain.Value;

    public static CompiledTemplate Takeover => CompiledTakeover.Value;

    public string Text { get; }

    public IReadOnlyList<TemplateParameter> Parameters { get; }

    public IReadOnlyList<string> Outputs { get; }

    /// <summary>The resource providers of everything in the template and its modules.</summary>
    public IReadOnlySet<string> Providers => ResourceTypes().Matches(Text).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.OrdinalIgnoreCase);

    public TemplateParameter Parameter(string name) => Parameters.Single(parameter => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static CompiledTemplate Compile(string file) => new(Bicep.Quietly("build", Path.Combine(Bicep.Infra, file), "--stdout"));

    [GeneratedRegex(@"""type"": ""(microsoft\.\w+)/", RegexOptions.IgnoreCase)]
    private static partial Regex ResourceTypes();
}

/// <param name="Declared">Type, default and limits.</param>
internal sealed partial record TemplateParameter(string Name, JsonElement Declared)
{
    /// <summary>Returns the default of a stage as Bicep writes it; null when the parameter is required.</summary>
    public string? Default(string stage)
    {
        if (!Declared.TryGetProperty("defaultValue", out var value)) return null;
        if (value.ValueKind != JsonValueKind.String) return value.GetRawText();
        var text = value.GetString()!;
        if (!text.StartsWith('[')) return $"'{text}'";
        if (text == "[equals(parameters('stage'), 'production')]") return stage == "production" ? "true" : "false";
        var choice = Choice().Match(text);
        return choice.Success ? choice.Groups[stage == "production" ? 1 : 2].Value.Trim() : text;
    }

    [GeneratedRegex(@"^\[if\(equals\(parameters\('stage'\), 'production'\), ([^,()]+|createArray\(\)), ([^,()]+)\)\]$")]
    private static partial Regex Choice();
}
