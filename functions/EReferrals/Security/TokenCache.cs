using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace EReferrals.Security;

/// <summary>
/// Caches validated tokens by their hash, for ten minutes at most and only while the keys that validated them are the current ones. Two generations bound its
/// size without tracking each use: when the young generation is full, it replaces the old one. Tokens used since then move back to the young generation;
/// the others are evicted.
/// </summary>
internal sealed class TokenCache(TimeProvider clock, int generationSize = 5_000)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<string, Entry> _young = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, Entry> _old = new(StringComparer.Ordinal);

    public static string KeyOf(string token) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <param name="keys">The current signing keys. A token that other keys validated is not found.</param>
    public Caller? Find(string key, object keys)
    {
        if (!_young.TryGetValue(key, out var entry))
        {
            if (!_old.TryGetValue(key, out entry)) return null;
            Add(key, entry);
        }

        var now = clock.GetUtcNow();
        return ReferenceEquals(entry.Keys, keys) && now < entry.At + KeptFor && entry.Caller.GoodUntil > now ? entry.Caller : null;
    }

    /// <param name="keys">The keys that validated the token.</param>
    public void Add(string key, Caller caller, object keys) => Add(key, new Entry(caller, keys, clock.GetUtcNow()));

    private void Add(string key, Entry entry)
    {
        if (_young.Count >= generationSize)
        {
            lock (_gate)
            {
                if (_young.Count >= generationSize) (_old, _young) = (_young, new(StringComparer.Ordinal));
            }
        }

        _young[key] = entry;
    }

    internal int Count => _young.Count + _old.Count;

    private sealed record Entry(Caller Caller, object Keys, DateTimeOffset At);
}
