using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Benchmarks.Reports;

/// <summary>The figures of one run: on the console as they are measured, then as a Markdown table, JSON and charts.</summary>
internal sealed class Report(Options options)
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly List<Figure> _figures = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _tables = [];
    private readonly List<string> _charts = [];
    private readonly List<string> _broken = [];
    private int _scenario;

    public bool IsSound => _broken.Count == 0;

    public void Begin(int scenario, string name)
    {
        _scenario = scenario;
        Progress.Say($"{scenario}. {name}");
    }

    public void Add(string what, double value, string unit) => Add(new Figure(_scenario, what, value, unit, null, null));

    public void Add(string what, double value, string unit, string target, bool met) => Add(new Figure(_scenario, what, value, unit, target, met));

    /// <summary>Checks a condition that must hold on any machine. The run ends with an error when it does not.</summary>
    public void Invariant(string what, bool holds, string detail)
    {
        Progress.Say($"   {(holds ? "holds " : "BROKEN")} {what}: {detail}");
        if (!holds) _broken.Add($"{_scenario}. {what}: {detail}");
    }

    public void Note(string text)
    {
        Progress.Say($"   {text}");
        _notes.Add($"{_scenario}. {text}");
    }

    public void Table(string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", columns)} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"|{string.Concat(Enumerable.Repeat(" ---: |", columns.Count))}");
        foreach (var row in rows) table.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |");
        Progress.Say($"   {title}:\n\n{table}");
        _tables.Add($"{_scenario}. {title}:\n\n{table}");
    }

    public void Save(Chart chart)
    {
        System.IO.Directory.CreateDirectory(options.Output);
        File.WriteAllText(Path.Combine(options.Output, $"{chart.Name}.svg"), chart.ToSvg());
        _charts.Add(chart.Name);
    }

    public void SaveJson<T>(string name, T value)
    {
        System.IO.Directory.CreateDirectory(options.Output);
        File.WriteAllText(Path.Combine(options.Output, $"{name}.json"), JsonSerializer.Serialize(value, Readable) + "\n");
    }

    public void Write(TimeSpan took, double generatorCores)
    {
        // Compare before this run overwrites the earlier file.
        if (options.Compare is { } earlier) Progress.Say(Comparison.Of(_figures, earlier));
        SaveJson(
            "latest", new { Machine.Description, At = DateTimeOffset.UtcNow, Seconds = Math.Round(took.TotalSeconds), Figures = _figures, Broken = _broken });
        File.WriteAllText(Path.Combine(options.Output, "latest.md"), Markdown(took, generatorCores));
        Progress.Say($"Written to {options.Output}: latest.md, latest.json, {string.Join(", ", _charts.Select(chart => chart + ".svg"))}");
        foreach (var broken in _broken) Progress.Say($"BROKEN {broken}");
    }

    private void Add(Figure figure)
    {
        _figures.Add(figure);
        Progress.Say($"   {figure.What}: {figure.Text} {figure.Unit}{(figure.Target is null ? "" : $"   (target {figure.Target}: {figure.Verdict})")}");
    }

    private string Markdown(TimeSpan took, double generatorCores)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Benchmark of {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC");
        text.AppendLine();
        var command = $"dotnet run -c Release --project tests/EReferrals.Benchmarks{(options.Full ? " -- --full" : "")}";
        text.AppendLine(CultureInfo.InvariantCulture, $"{Machine.Description}; {took.TotalSeconds:0} s; `{command}`.");
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"App, host, emulators and load generator share the machine; the generator took at most {generatorCores:0.00} of a core. Judge the ratios.");
        text.AppendLine();
        text.AppendLine("| # | what | value | unit | target | |");
        text.AppendLine("| --- | --- | ---: | --- | --- | --- |");
        foreach (var figure in _figures)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture, $"| {figure.Scenario} | {figure.What} | {figure.Text} | {figure.Unit} | {figure.Target} | {figure.Verdict} |");
        }

        text.AppendLine();
        text.AppendLine(_broken.Count == 0 ? "Every invariant held: nothing accepted was lost or doubled." : "**Broken:** " + string.Join("; ", _broken));
        foreach (var table in _tables) text.AppendLine().Append(table);
        foreach (var chart in _charts) text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"![{chart}]({chart}.svg)");
        if (_notes.Count > 0) text.AppendLine().AppendLine("Notes:").AppendLine();
        foreach (var note in _notes) text.AppendLine(CultureInfo.InvariantCulture, $"- {note}");
        return text.ToString();
    }
}
