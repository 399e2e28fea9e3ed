using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace EReferrals.Security;

/// <summary>
/// Caches validated tokens by their hash. Two generations bound its size without tracking each use: when the young generation is full, it replaces the
/// old one. Tokens used since then move back to the young generation; the others are evicted.
/// </summary>
internal sealed class TokenCache(TimeProvider clock, int generationSize = 5_000)
{
    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<string, Caller> _young = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, Caller> _old = new(StringComparer.Ordinal);

    public static string KeyOf(string token) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public Caller? Find(string key)
    {
        if (!_young.TryGetValue(key, out var caller))
        {
            if (!_old.TryGetValue(key, out caller)) return null;
            Add(key, caller);
        }

        return caller.GoodUntil > clock.GetUtcNow() ? caller : null;
    }

    public void Add(string key, Caller caller)
    {
        if (_young.Count >= generationSize)
        {
            lock (_gate)
            {
                if (_young.Count >= generationSize) (_old, _young) = (_young, new(StringComparer.Ordinal));
            }
        }

        _young[key] = caller;
    }

    internal int Count => _young.Count + _old.Count;
}
