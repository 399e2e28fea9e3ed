namespace EReferrals.Audit;

/// <summary>One place that can take entries. After a failure it rests, so that not every reader waits for it.</summary>
internal sealed class AuditSink(string name, TimeSpan limit, TimeProvider clock, Func<ReadOnlyMemory<byte>, CancellationToken, Task> append)
{
    internal static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    // Not the time of day, which can be set back.
    private long? _restsSince;

    public string Name => name;

    public bool IsResting => _restsSince is { } since && clock.GetElapsedTime(since) < Rest;

    /// <summary>Null when the entries are durable. A failure means "not known to be": they may be there all the same.</summary>
    public async Task<Exception?> TryAppendAsync(ReadOnlyMemory<byte> lines)
    {
        using var enough = new CancellationTokenSource(limit, clock);
        try
        {
            // Both: a client that does not listen to its token must not hold up the readers either.
            await append(lines, enough.Token).WaitAsync(limit, clock);
            return null;
        }
        catch (Exception ex)
        {
            _restsSince = clock.GetTimestamp();
            return ex;
        }
    }
}
