namespace EReferrals.Soak;

/// <summary>The summary table at the end of the run.</summary>
internal sealed class SoakReport
{
    private const int Shown = 10;

    private readonly Dictionary<string, int> _faults = [];
    private readonly List<(string Name, string Value)> _rows = [];
    private readonly Dictionary<string, long> _memory = [];
    private readonly List<string> _bad = [];

    public bool IsGood => _bad.Count == 0;

    public void AddFault(string name) => _faults[name] = _faults.GetValueOrDefault(name) + 1;

    public void Remember(string name, long bytes) => _memory[name] = bytes;

    public void Count(string name, int count) => _rows.Add((name, $"{count}"));

    /// <summary>Adds a row whose findings must be empty.</summary>
    public void Must(string name, IReadOnlyList<string> found)
    {
        _rows.Add((name, $"{found.Count}"));
        if (found.Count > 0) _bad.Add($"{name}: {string.Join("; ", found.Take(Shown))}");
    }

    public void Print()
    {
        Console.WriteLine();
        Console.WriteLine("| soak | |");
        Console.WriteLine("| --- | ---: |");
        foreach (var (name, count) in _faults.OrderBy(pair => pair.Key)) Console.WriteLine($"| {name} | {count} times |");
        foreach (var (name, bytes) in _memory) Console.WriteLine($"| {name} | {bytes / (1024 * 1024)} MB |");
        foreach (var (name, value) in _rows) Console.WriteLine($"| {name} | {value} |");
        foreach (var bad in _bad) Console.WriteLine($"FAILED {bad}");
    }
}
