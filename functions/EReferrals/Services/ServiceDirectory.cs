using System.Collections.Concurrent;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;

namespace EReferrals.Services;

/// <summary>
/// Looks up services, as they are approved, for intake, processing and searches. A service that was never approved, or is withdrawn, does not exist here.
/// Caches each service for a few seconds; concurrent reads of the same service are one read (single-flight). While the tables fail, intake may use an entry of
/// up to an hour, because processing checks again. Processing never may.
/// </summary>
public sealed class ServiceDirectory(ServiceTable table, SuccessionRegister register, TimeProvider clock)
{
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan FreshMiss = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Stale = TimeSpan.FromHours(1);

    // Callers choose the ids, so their requests must not fill the memory.
    private const int Capacity = 20_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly SingleFlight<string, Entry> _reading = new();
    private readonly LruCache<CandidatesOf, Candidates> _candidates =
        new(maxBytes: 16 * 1024 * 1024, candidates => candidates.Ids.Sum(id => 30 + (2 * id.Length)));
    private readonly SingleFlight<(CandidatesOf Question, long Saved), Candidates> _searching = new();
    private long _saved;

    /// <summary>Returns the service, from the cache if it is fresh; null when there is no such service. Throws when the tables do not respond.</summary>
    public async Task<Service?> FindAsync(string id, CancellationToken cancellationToken) =>
        Cached(id) is { } cached ? cached.Service : (await ReadAsync(id, cancellationToken)).Service;

    /// <summary>
    /// The service as this organisation may use it: as it is approved, else as it defined the service itself. So a provider goes on with the referrals of a
    /// service that was withdrawn.
    /// </summary>
    public async Task<Service?> FindForAsync(string id, string? organisation, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is { } shown) return shown;
        return await FindDefinedNowAsync(id, cancellationToken) is { } defined && defined.Provider == organisation ? defined : null;
    }

    /// <summary>The service that a caller names. A provider can name one of its own that was withdrawn; a referrer cannot.</summary>
    public async Task<NamedService> NameAsync(string id, Actor actor, CancellationToken cancellationToken) => actor.Role.IsReferring()
        ? await NameAsync(id, cancellationToken)
        : new NamedService(id, await FindForAsync(id, actor.Organisation, cancellationToken));

    /// <summary>The service that a caller names.</summary>
    public async Task<NamedService> NameAsync(string id, CancellationToken cancellationToken) => new(id, await FindAsync(id, cancellationToken));

    /// <summary>The services that a caller names, in the same order.</summary>
    public Task<NamedService[]> NameAsync(IEnumerable<string> ids, CancellationToken cancellationToken) =>
        Task.WhenAll(ids.Select(id => NameAsync(id, cancellationToken)));

    /// <summary>Like <see cref="FindAsync"/>, but always reads the tables.</summary>
    public async Task<Service?> FindNowAsync(string id, CancellationToken cancellationToken) =>
        (await ReadOneAsync(id).WaitAsync(cancellationToken)).Service;

    /// <summary>
    /// Like <see cref="FindAsync"/>, for at most <paramref name="limit"/>. Returns <see cref="Lookup{T}.NoResponse"/> when the tables are slow or fail
    /// and no entry of the last hour is cached.
    /// </summary>
    public async Task<Lookup<Service>> TryFindAsync(string id, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Cached(id) is { } cached) return Lookup.From(cached.Service);
        using var limited = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        try
        {
            return Lookup.From((await ReadAsync(id, either.Token)).Service);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            // An old entry for a service is good enough to accept a referral. An old entry for a missing service is not: it may exist by now.
            return StaleHit(id) is { } service ? new Lookup<Service>.Found(service) : new Lookup<Service>.NoResponse();
        }
    }

    /// <inheritdoc cref="ServiceTable.CandidatesAsync"/>
    public async Task<IReadOnlyList<string>> CandidatesAsync(
        string? provider, string? specialty, string? after, int take, CancellationToken cancellationToken)
    {
        var question = new CandidatesOf(provider, specialty, after, take);
        // A result that was read before this instance saved a service may lack that service.
        var saved = Interlocked.Read(ref _saved);
        if (_candidates.TryGet(question, out var cached) && cached.Saved == saved && clock.GetElapsedTime(cached.ReadAt) < Fresh) return cached.Ids;
        return (await _searching.ReadAsync((question, saved), () => ReadAsync(question, saved)).WaitAsync(cancellationToken)).Ids;
    }

    /// <summary>
    /// Reads the service as its provider defined it last, approved or not, so that a provider can prepare the slots of a service that waits for approval.
    /// </summary>
    public async Task<Service?> FindDefinedNowAsync(string id, CancellationToken cancellationToken) =>
        (await CurrentAsync(id, cancellationToken))?.Defined;

    /// <summary>Caches a service that this instance has just saved, so that its caller is not shown the earlier version.</summary>
    public void Saw(DirectoryEntry saved)
    {
        Interlocked.Increment(ref _saved);
        var entry = new Entry(saved.Shown, clock.GetTimestamp());
        _entries.AddOrUpdate(saved.Defined.Id, entry, (_, present) => present.ReadAt > entry.ReadAt ? present : entry);
    }

    private Entry? Cached(string id) =>
        _entries.TryGetValue(id, out var entry) && Age(entry) < (entry.Service is null ? FreshMiss : Fresh) ? entry : null;

    private Service? StaleHit(string id) => _entries.TryGetValue(id, out var entry) && Age(entry) < Stale ? entry.Service : null;

    private Task<Entry> ReadAsync(string id, CancellationToken cancellationToken) =>
        _reading.ReadAsync(id, () => ReadOneAsync(id)).WaitAsync(cancellationToken);

    private async Task<Entry> ReadOneAsync(string id)
    {
        // The age counts from before the read, because the response may be that old.
        var readAt = clock.GetTimestamp();
        var entry = new Entry((await CurrentAsync(id, CancellationToken.None))?.Shown, readAt);
        if (_entries.Count >= Capacity) MakeRoom();
        return _entries.AddOrUpdate(id, entry, (_, present) => present.ReadAt > entry.ReadAt ? present : entry);
    }

    // The row may name a provider that has been succeeded.
    private async Task<DirectoryEntry?> CurrentAsync(string id, CancellationToken cancellationToken) =>
        await table.FindAsync(id, cancellationToken) is { } found ? found.Entry.Move(await register.CurrentAsync(cancellationToken)) : null;

    private async Task<Candidates> ReadAsync(CandidatesOf question, long saved)
    {
        var readAt = clock.GetTimestamp();
        var ids = await table.CandidatesAsync(question.Provider, question.Specialty, question.After, question.Take, CancellationToken.None);
        var read = new Candidates(ids, saved, readAt);
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

    private TimeSpan Age(Entry entry) => clock.GetElapsedTime(entry.ReadAt);

    private sealed record Entry(Service? Service, long ReadAt);

    private sealed record CandidatesOf(string? Provider, string? Specialty, string? After, int Take);

    /// <param name="Saved">How many services this instance had saved before the read.</param>
    private sealed record Candidates(IReadOnlyList<string> Ids, long Saved, long ReadAt);
}
