using System.Collections.Concurrent;

namespace EReferrals.Soak;

/// <summary>What the service has told its callers. The reckoning holds it to every line.</summary>
internal sealed class Ledger
{
    /// <summary>By idempotency key: the number in the first 202. A key without a number was sent and never answered with one.</summary>
    public ConcurrentDictionary<string, string?> Submissions { get; } = new();

    /// <summary>Keys that were later answered with another number, and that number.</summary>
    public ConcurrentBag<(string Key, string Ubrn)> OtherNumbers { get; } = [];

    public ConcurrentBag<CommandDone> Commands { get; } = [];

    /// <summary>Answers that nobody should ever get.</summary>
    public IReadOnlyCollection<string> Surprises => _surprises;

    public ConcurrentDictionary<int, int> Statuses { get; } = new();

    public int Unanswered => _unanswered;

    private readonly ConcurrentQueue<string> _surprises = new();
    private int _unanswered;

    /// <summary>Said at once, so that it can be seen what was being done to the system just then.</summary>
    public void Surprised(string answer)
    {
        _surprises.Enqueue(answer);
        Console.WriteLine($"SURPRISE {answer}");
    }

    public void Answered(int status) => Statuses.AddOrUpdate(status, 1, (_, count) => count + 1);

    public void NotAnswered() => Interlocked.Increment(ref _unanswered);

    public void Accepted(string key, string ubrn)
    {
        var first = Submissions.AddOrUpdate(key, ubrn, (_, known) => known ?? ubrn);
        if (first != ubrn) OtherNumbers.Add((key, ubrn));
    }
}

/// <param name="What">The action of the history's event.</param>
/// <param name="Version">The version that the answer named.</param>
internal sealed record CommandDone(string Ubrn, string What, int Version);
