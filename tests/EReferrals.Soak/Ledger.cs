using System.Collections.Concurrent;

namespace EReferrals.Soak;

/// <summary>Records every response of the service to its callers. The final check checks the service against every line.</summary>
internal sealed class Ledger
{
    /// <summary>The number in the first 202, by idempotency key. A key without a number was sent and never got a 202.</summary>
    public ConcurrentDictionary<string, string?> Submissions { get; } = new();

    /// <summary>Keys that later got another number, with that number.</summary>
    public ConcurrentBag<(string Key, string Ubrn)> OtherNumbers { get; } = [];

    public ConcurrentBag<CommandDone> Commands { get; } = [];

    /// <summary>Responses that a caller must never get.</summary>
    public IReadOnlyCollection<string> UnexpectedResponses => _unexpected;

    public ConcurrentDictionary<int, int> Statuses { get; } = new();

    public int Unanswered => _unanswered;

    private readonly ConcurrentQueue<string> _unexpected = new();
    private int _unanswered;

    /// <summary>Printed at once, so that the output shows which fault was active.</summary>
    public void Unexpected(string answer)
    {
        _unexpected.Enqueue(answer);
        Console.WriteLine($"UNEXPECTED RESPONSE {answer}");
    }

    public void Answered(int status) => Statuses.AddOrUpdate(status, 1, (_, count) => count + 1);

    public void NotAnswered() => Interlocked.Increment(ref _unanswered);

    public void Accepted(string key, string ubrn)
    {
        var first = Submissions.AddOrUpdate(key, ubrn, (_, known) => known ?? ubrn);
        if (first != ubrn) OtherNumbers.Add((key, ubrn));
    }
}

/// <param name="What">The action of the history event.</param>
/// <param name="Version">The version in the response.</param>
internal sealed record CommandDone(string Ubrn, string What, int Version);
