using System.Diagnostics.CodeAnalysis;

namespace EReferrals.Resilience;

/// <summary>A least-recently-used cache, bounded in bytes.</summary>
/// <param name="sizeOf">The size of a value in bytes. The cache adds the overhead of an entry.</param>
internal sealed class LruCache<TKey, TValue>(long maxBytes, Func<TValue, int> sizeOf) where TKey : notnull where TValue : class
{
    // The overhead of an entry in bytes: the key, the two nodes and the record. An empty value takes memory too.
    private const int EntrySize = 500;

    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, LinkedListNode<KeyValuePair<TKey, TValue>>> _byKey = [];
    private readonly LinkedList<KeyValuePair<TKey, TValue>> _byUse = new();
    private long _bytes;

    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        lock (_lock)
        {
            value = null;
            if (!_byKey.TryGetValue(key, out var node)) return false;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            value = node.Value.Value;
            return true;
        }
    }

    public void Keep(TKey key, TValue value)
    {
        lock (_lock)
        {
            if (_byKey.TryGetValue(key, out var old)) Drop(old);
            _byKey[key] = _byUse.AddFirst(KeyValuePair.Create(key, value));
            _bytes += EntrySize + sizeOf(value);
            while (_bytes > maxBytes && _byUse.Last is { } last) Drop(last);
        }
    }

    private void Drop(LinkedListNode<KeyValuePair<TKey, TValue>> node)
    {
        _byUse.Remove(node);
        _byKey.Remove(node.Value.Key);
        _bytes -= EntrySize + sizeOf(node.Value.Value);
    }
}
