#nullable disable
#pragma warning disable CA1710 // the official name

using System.Collections;

namespace Azure.Data.Tables;

public sealed class TableEntity : ITableEntity, IDictionary<string, object>
{
    internal const string PartitionKeyName = "PartitionKey";
    internal const string RowKeyName = "RowKey";
    internal const string TimestampName = "Timestamp";
    internal const string ETagName = "odata.etag";

    private readonly Dictionary<string, object> _properties;

    public TableEntity() => _properties = [];

    public TableEntity(string partitionKey, string rowKey)
        : this()
    {
        PartitionKey = partitionKey;
        RowKey = rowKey;
    }

    public TableEntity(IDictionary<string, object> values) => _properties = values == null ? [] : new(values);

    public string PartitionKey { get => GetString(PartitionKeyName); set => _properties[PartitionKeyName] = value; }

    public string RowKey { get => GetString(RowKeyName); set => _properties[RowKeyName] = value; }

    public DateTimeOffset? Timestamp { get => GetDateTimeOffset(TimestampName); set => _properties[TimestampName] = value; }

    public ETag ETag
    {
        get => GetString(ETagName) is { } etag ? new ETag(etag) : default;
        set => _properties[ETagName] = value.ToString();
    }

    public ICollection<string> Keys => _properties.Keys;

    ICollection<object> IDictionary<string, object>.Values => _properties.Values;

    public int Count => _properties.Count;

    bool ICollection<KeyValuePair<string, object>>.IsReadOnly => false;

    internal Dictionary<string, object> Properties => _properties;

    public object this[string key]
    {
        get
        {
            ArgumentException.ThrowIfNullOrEmpty(key);
            return _properties.GetValueOrDefault(key);
        }

        set
        {
            ArgumentException.ThrowIfNullOrEmpty(key);
            if (value != null && _properties.TryGetValue(key, out var existing) && existing != null) value = Coerce(existing, value);
            _properties[key] = value;
        }
    }

    public void Add(string key, object value)
    {
        if (!_properties.TryAdd(key, value)) throw new ArgumentException("An item with the same key has already been added.", nameof(key));
    }

    public void Clear() => _properties.Clear();

    public bool ContainsKey(string key) => _properties.ContainsKey(key);

    public bool Remove(string key) => _properties.Remove(key);

    public bool TryGetValue(string key, out object value) => _properties.TryGetValue(key, out value);

    public string GetString(string key) => Get(key) is { } value ? Typed<string>(value) : null;

    public bool? GetBoolean(string key) => Get(key) is { } value ? Typed<bool>(value) : null;

    public int? GetInt32(string key) => Get(key) is { } value ? Typed<int>(value) : null;

    public long? GetInt64(string key) => Get(key) is { } value ? Typed<long>(value) : null;

    public double? GetDouble(string key) => Get(key) is { } value ? Typed<double>(value) : null;

    public Guid? GetGuid(string key) => Get(key) is { } value ? Typed<Guid>(value) : null;

    public byte[] GetBinary(string key) => Get(key) switch
    {
        null => null,
        BinaryData data => data.ToArray(),
        var value => Typed<byte[]>(value),
    };

    public BinaryData GetBinaryData(string key) => Get(key) switch
    {
        null => null,
        byte[] bytes => new BinaryData(bytes),
        var value => Typed<BinaryData>(value),
    };

    public DateTime? GetDateTime(string key) => Get(key) switch
    {
        null => null,
        DateTimeOffset offset => offset.UtcDateTime,
        var value => Typed<DateTime>(value),
    };

    public DateTimeOffset? GetDateTimeOffset(string key) => Get(key) switch
    {
        null => null,
        DateTime dateTime => new DateTimeOffset(dateTime),
        var value => Typed<DateTimeOffset>(value),
    };

    void ICollection<KeyValuePair<string, object>>.Add(KeyValuePair<string, object> item) => Add(item.Key, item.Value);

    bool ICollection<KeyValuePair<string, object>>.Contains(KeyValuePair<string, object> item) =>
        ((ICollection<KeyValuePair<string, object>>)_properties).Contains(item);

    void ICollection<KeyValuePair<string, object>>.CopyTo(KeyValuePair<string, object>[] array, int arrayIndex) =>
        ((ICollection<KeyValuePair<string, object>>)_properties).CopyTo(array, arrayIndex);

    bool ICollection<KeyValuePair<string, object>>.Remove(KeyValuePair<string, object> item) =>
        ((ICollection<KeyValuePair<string, object>>)_properties).Remove(item);

    IEnumerator<KeyValuePair<string, object>> IEnumerable<KeyValuePair<string, object>>.GetEnumerator() => _properties.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _properties.GetEnumerator();

    private static T Typed<T>(object value) => value is T typed
        ? typed
        : throw new InvalidOperationException($"Cannot return {typeof(T)} type for a {value.GetType()} typed property.");

    // The official client keeps the type that a property had, and widens only an int beside a long or double.
    private static object Coerce(object existing, object value) => (existing, value) switch
    {
        _ when existing.GetType().IsAssignableFrom(value.GetType()) => value,
        (int, double or long) => value,
        (double, int number) => (double)number,
        (long, int number) => (long)number,
        (DateTime, DateTimeOffset) or (DateTimeOffset, DateTime) or (byte[], BinaryData) or (BinaryData, byte[]) => value,
        _ => throw new InvalidOperationException($"A {value.GetType()} value cannot replace a {existing.GetType()} one."),
    };

    private object Get(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return _properties.GetValueOrDefault(key);
    }
}
