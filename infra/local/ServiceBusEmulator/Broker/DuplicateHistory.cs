namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>The message ids a queue has seen within its window. Only the journal's thread touches it.</summary>
internal sealed class DuplicateHistory(TimeSpan window)
{
    private readonly Dictionary<string, DateTimeOffset> _seen = [];
    private readonly Queue<(string Id, DateTimeOffset Until)> _byAge = new();
    private DateTimeOffset _nextPrune;

    public bool TryAdd(string id, DateTimeOffset now, out DateTimeOffset until)
    {
        Forget(now);
        until = now + window;
        if (_seen.TryGetValue(id, out var known) && known > now) return false;
        Add(id, until);
        return true;
    }

    public void Add(string id, DateTimeOffset until)
    {
        _seen[id] = until;
        _byAge.Enqueue((id, until));
    }

    /// <summary>The commit that would have stored it has failed: a second try is no duplicate.</summary>
    public void Remove(string id) => _seen.Remove(id);

    public bool ShouldPruneFile(DateTimeOffset now)
    {
        if (now < _nextPrune) return false;
        _nextPrune = now + TimeSpan.FromSeconds(30);
        return true;
    }

    private void Forget(DateTimeOffset now)
    {
        while (_byAge.TryPeek(out var oldest) && oldest.Until <= now)
        {
            _byAge.Dequeue();
            if (_seen.TryGetValue(oldest.Id, out var until) && until == oldest.Until) _seen.Remove(oldest.Id);
        }
    }
}
