using System.Diagnostics;

namespace EReferrals.Benchmarks;

/// <summary>Shows what the run is doing: on a terminal one line that is updated every second, elsewhere a line after ten seconds without output.</summary>
internal static class Progress
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);
    private static readonly Stopwatch Clock = Stopwatch.StartNew();
    private static readonly Lock Gate = new();
    private static readonly Timer Every = new(_ => Tell());

    private static string _doing = "";
    private static TimeSpan _said;
    private static int _shown;

    public static void Begin() => Every.Change(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    /// <summary>Sets the activity that begins now.</summary>
    public static void Now(string doing)
    {
        lock (Gate) _doing = doing;
    }

    /// <summary>Prints a permanent line.</summary>
    public static void Say(string line)
    {
        lock (Gate)
        {
            Clear();
            Console.WriteLine(line);
            _said = Clock.Elapsed;
        }
    }

    private static void Tell()
    {
        lock (Gate)
        {
            var line = $"   {Clock.Elapsed:m\\:ss} {_doing}";
            if (Console.IsOutputRedirected)
            {
                if (Clock.Elapsed - _said < Silence) return;
                Console.WriteLine(line);
                _said = Clock.Elapsed;
                return;
            }

            Clear();
            Console.Write(line);
            _shown = line.Length;
        }
    }

    private static void Clear()
    {
        if (_shown > 0) Console.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
    }
}
