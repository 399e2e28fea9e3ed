namespace EReferrals.Audit;

/// <summary>One destination for audit entries. After a failure it rests for ten seconds: other sinks are then tried first, so that no request waits.</summary>
internal sealed class AuditSink(string name, TimeSpan limit, TimeProvider clock, Func<ReadOnlyMemory<byte>, CancellationToken, Task> append)
{
    internal static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    // A monotonic timestamp: the time of day can be set back.
    private long? _restsSince;

    public string Name => name;

    public bool IsResting => _restsSince is { } since && clock.GetElapsedTime(since) < Rest;

    /// <summary>Null when the entries are durable. Otherwise the failure; the outcome is then unknown and the entries may be stored.</summary>
    public async Task<Exception?> TryAppendAsync(ReadOnlyMemory<byte> lines)
    {
        using var timeout = new CancellationTokenSource(limit, clock);
        try
        {
            // WaitAsync as well, because a client may ignore its cancellation token.
            await append(lines, timeout.Token).WaitAsync(limit, clock);
            return null;
        }
        catch (Exception ex)
        {
            _restsSince = clock.GetTimestamp();
            return ex;
        }
    }
}
