using System.Collections.Concurrent;
using EReferrals.Referrals.Organisations;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;

namespace EReferrals.Services;

/// <summary>
/// Looks services up for intake, processing and searches. What was read is believed for a few seconds, and is read once for all who ask at the same
/// time. Intake may fall back on what was known within the last hour while the tables fail, because processing checks again; processing never may.
/// </summary>
public sealed class ServiceDirectory(ServiceTable table, SuccessionRegister register, TimeProvider clock)
{
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan FreshMiss = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Stale = TimeSpan.FromHours(1);

    // Callers choose the ids that they ask for; what they ask must not fill the memory.
    private const int Capacity = 20_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly SingleFlight<string, Entry> _reading = new();
    private readonly LruCache<CandidatesOf, Candidates> _candidates = new(maxBytes: 16 * 1024 * 1024, candidates => candidates.Ids.Sum(id => 30 + (2 * id.Length)));
    private readonly SingleFlight<(CandidatesOf Question, long Saved), Candidates> _searching = new();
    private long _saved;

    /// <summary>Null when there is no such service; throws when the tables do not answer.</summary>
    public async Task<Service?> FindAsync(string id, CancellationToken cancellationToken) =>
        Known(id) is { } known ? known.Service : (await ReadAsync(id, cancellationToken)).Service;

    /// <summary>As it is now, whatever is known.</summary>
    public async Task<Service?> FindNowAsync(string id, CancellationToken cancellationToken) => (await ReadOneAsync(id).WaitAsync(cancellationToken)).Service;

    /// <summary>
    /// As <see cref="FindAsync"/>, for at most <paramref name="limit"/>. Not answered: the tables are slow or failing and nothing is known.
    /// </summary>
    public async Task<(bool Answered, Service? Service)> TryFindAsync(string id, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Known(id) is { } known) return (true, known.Service);
        using var limited = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        try
        {
            return (true, (await ReadAsync(id, either.Token)).Service);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            // That there was none may have changed since; that there was one is good enough to accept on.
            return StaleHit(id) is { } service ? (true, service) : (false, null);
        }
    }

    /// <inheritdoc cref="ServiceTable.CandidatesAsync"/>
    public async Task<IReadOnlyList<string>> CandidatesAsync(
        string? provider, string? specialty, string? after, int take, CancellationToken cancellationToken)
    {
        var question = new CandidatesOf(provider, specialty, after, take);
        // What was read before this instance saved a service may miss it.
        var saved = Interlocked.Read(ref _saved);
        if (_candidates.TryGet(question, out var known) && known.Saved == saved && clock.GetElapsedTime(known.Asked) < Fresh) return known.Ids;
        return (await _searching.ReadAsync((question, saved), () => ReadAsync(question, saved)).WaitAsync(cancellationToken)).Ids;
    }

    /// <summary>What this instance has just saved: whoever saved it must not be shown what was there before.</summary>
    public void Saw(Service service)
    {
        Interlocked.Increment(ref _saved);
        var entry = new Entry(service, clock.GetTimestamp());
        _entries.AddOrUpdate(service.Id, entry, (_, present) => present.Asked > entry.Asked ? present : entry);
    }

    private Entry? Known(string id) =>
        _entries.TryGetValue(id, out var entry) && Age(entry) < (entry.Service is null ? FreshMiss : Fresh) ? entry : null;

    private Service? StaleHit(string id) => _entries.TryGetValue(id, out var entry) && Age(entry) < Stale ? entry.Service : null;

    private Task<Entry> ReadAsync(string id, CancellationToken cancellationToken) => _reading.ReadAsync(id, () => ReadOneAsync(id)).WaitAsync(cancellationToken);

    private async Task<Entry> ReadOneAsync(string id)
    {
        // Aged from before the read: the answer may be as old as that.
        var asked = clock.GetTimestamp();
        var found = (await table.FindAsync(id, CancellationToken.None))?.Service;
        // It may name a provider whose services are being handed over.
        var entry = new Entry(found is null ? null : (await register.CurrentAsync(CancellationToken.None)).Apply(found), asked);
        if (_entries.Count >= Capacity) MakeRoom();
        return _entries.AddOrUpdate(id, entry, (_, present) => present.Asked > entry.Asked ? present : entry);
    }

    private async Task<Candidates> ReadAsync(CandidatesOf question, long saved)
    {
        var asked = clock.GetTimestamp();
        var ids = await table.CandidatesAsync(question.Provider, question.Specialty, question.After, question.Take, CancellationToken.None);
        var read = new Candidates(ids, saved, asked);
        _candidates.Keep(question, read);
        return read;
    }

    private void MakeRoom()
    {
        foreach (var (id, entry) in _entries)
        {
            if (entry.Service is null) _entries.TryRemove(id, out _);
        }

        if (_entries.Count >= Capacity) _entries.Clear();
    }

    private TimeSpan Age(Entry entry) => clock.GetElapsedTime(entry.Asked);

    private sealed record Entry(Service? Service, long Asked);

    private sealed record CandidatesOf(string? Provider, string? Specialty, string? After, int Take);

    /// <param name="Saved">How many services this instance had saved when it asked.</param>
    private sealed record Candidates(IReadOnlyList<string> Ids, long Saved, long Asked);
}
