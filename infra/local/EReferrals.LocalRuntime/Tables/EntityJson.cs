using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Azure.Data.Tables;

/// <summary>Entities in JSON with minimal metadata: a type annotation where JSON alone would not say the type.</summary>
internal static class EntityJson
{
    private const string TypeSuffix = "@odata.type";
    private const int EntityOverhead = 4;
    private const int PropertyOverhead = 8;

    // A table entity is written in one go by one thread, so that a thread can keep its buffer.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static byte[] Write(ITableEntity entity)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(4096);
        buffer.ResetWrittenCount();
        // The writer's default escaping also covers U+2028 and the like, at which an emulator would cut a batch short.
        var writer = _writer ??= new Utf8JsonWriter(buffer);
        writer.Reset(buffer);

        Write(writer, entity);
        writer.Flush();
        var json = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity > 256 * 1024) _buffer = null;
        return json;
    }

    private static void Write(Utf8JsonWriter writer, ITableEntity entity)
    {
        var (partitionKey, rowKey) = (entity.PartitionKey, entity.RowKey);
        EntityRules.CheckKey(partitionKey, TableEntity.PartitionKeyName);
        EntityRules.CheckKey(rowKey, TableEntity.RowKeyName);

        writer.WriteStartObject();
        writer.WriteString(TableEntity.PartitionKeyName, partitionKey);
        writer.WriteString(TableEntity.RowKeyName, rowKey);
        var own = 0;
        // The service's own formula for the size of an entity.
        long size = EntityOverhead + (2 * (partitionKey.Length + rowKey.Length));
        if (entity is TableEntity table)
        {
            foreach (var (name, value) in table.Properties) Property(name, value);
        }
        else
        {
            foreach (var member in EntityShape.Of(entity.GetType()).Readable) Property(member.Name, member.Read(entity));
        }

        writer.WriteEndObject();
        EntityRules.CheckEntity(own, size);

        void Property(string name, object? value)
        {
            if (value is null || name is TableEntity.PartitionKeyName or TableEntity.RowKeyName or TableEntity.TimestampName or TableEntity.ETagName)
            {
                return;
            }

            EntityRules.CheckName(name);
            own++;
            size += PropertyOverhead + (2 * name.Length) + WriteProperty(writer, name, value);
        }
    }

    /// <summary>Returns the size of the value in the service's own formula.</summary>
    private static long WriteProperty(Utf8JsonWriter writer, string name, object value)
    {
        switch (value)
        {
            case string text:
                EntityRules.CheckString(text, name);
                writer.WriteString(name, text);
                return (2L * text.Length) + 4;
            case bool truth:
                writer.WriteBoolean(name, truth);
                return 1;
            case int number:
                writer.WriteNumber(name, number);
                return 4;
            case long number:
                Annotate("Edm.Int64");
                writer.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
                return 8;
            case double number:
                Annotate("Edm.Double");
                if (double.IsFinite(number)) writer.WriteNumber(name, number);
                else writer.WriteString(name, double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
                return 8;
            case DateTimeOffset time:
                WriteTime(time.UtcDateTime);
                return 8;
            case DateTime { Kind: DateTimeKind.Utc } time:
                WriteTime(time);
                return 8;
            case DateTime time:
                throw new NotSupportedException($"Property {name}: a DateTime of kind {time.Kind}; only Utc is unambiguous.");
            case Guid guid:
                Annotate("Edm.Guid");
                writer.WriteString(name, guid);
                return 16;
            case byte[] bytes:
                return WriteBinary(bytes);
            case BinaryData data:
                return WriteBinary(data.ToMemory().Span);
            default:
                throw new NotSupportedException($"Property {name}: a {value.GetType()} cannot be stored in a table.");
        }

        void Annotate(string type) => writer.WriteString(name + TypeSuffix, type);

        void WriteTime(DateTime time)
        {
            EntityRules.CheckTime(time, name);
            Annotate("Edm.DateTime");
            writer.WriteString(name, time.ToString("O", CultureInfo.InvariantCulture));
        }

        long WriteBinary(ReadOnlySpan<byte> bytes)
        {
            EntityRules.CheckBinary(bytes.Length, name);
            Annotate("Edm.Binary");
            writer.WriteBase64String(name, bytes);
            return bytes.Length + 4;
        }
    }

    /// <summary>Reads a single entity.</summary>
    public static TableEntity Read(ReadOnlySpan<byte> json, string[]? select)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return ReadEntity(ref reader, select);
    }

    /// <summary>Reads the <c>value</c> array of a query's page.</summary>
    public static List<TableEntity> ReadPage(ReadOnlySpan<byte> json, string[]? select)
    {
        var entities = new List<TableEntity>();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isValue = reader.ValueTextEquals("value"u8);
            reader.Read();
            if (!isValue)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject) entities.Add(ReadEntity(ref reader, select));
            return entities;
        }

        // Not an empty page: a page without rows has an empty array.
        throw new JsonException("The answer to a query has no value array.");
    }

    private static TableEntity ReadEntity(ref Utf8JsonReader reader, string[]? select)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("An entity must be a JSON object.");

        var entity = new TableEntity();
        var properties = entity.Properties;
        // An annotation usually stands right before its property; an emulator may put it anywhere.
        string? annotated = null, annotation = null;
        Dictionary<string, string>? apart = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name.EndsWith(TypeSuffix, StringComparison.Ordinal))
            {
                if (annotated is not null) (apart ??= [])[annotated] = annotation!;
                (annotated, annotation) = (name[..^TypeSuffix.Length], reader.GetString());
                if (properties.TryGetValue(annotated, out var early))
                {
                    properties[annotated] = Typed(early, annotation!);
                    annotated = null;
                }
            }
            else if (name.StartsWith("odata.", StringComparison.Ordinal) || name.Contains('@', StringComparison.Ordinal))
            {
                if (name == TableEntity.ETagName) properties[name] = reader.GetString()!;
                else reader.Skip();
            }
            else if (Value(ref reader) is { } value)
            {
                string? type = null;
                if (annotated is not null && annotated == name) (type, annotated) = (annotation, null);
                else if (apart is not null && apart.Remove(name, out var farType)) type = farType;
                else if (name == TableEntity.TimestampName) type = "Edm.DateTime";
                properties[name] = type is null ? value : Typed(value, type);
            }
        }

        // The service returns what was selected and nothing else; an emulator adds keys and timestamp.
        if (select is not null)
        {
            foreach (var name in properties.Keys.Where(name => name != TableEntity.ETagName && !select.Contains(name)).ToArray()) properties.Remove(name);
        }

        return entity;
    }

    private static object? Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        // The cast keeps an int an int: the branches would otherwise meet in double.
        JsonTokenType.Number => reader.TryGetInt32(out var number) ? (object)number : reader.GetDouble(),
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => null,
        _ => throw new JsonException("A property of an entity must be a simple value."),
    };

    private static object Typed(object value, string type) => (type, value) switch
    {
        ("Edm.Int64", string text) => long.Parse(text, CultureInfo.InvariantCulture),
        ("Edm.Int64", int number) => (long)number,
        ("Edm.DateTime", string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
        ("Edm.DateTime", DateTimeOffset) => value,
        ("Edm.Guid", string text) => Guid.Parse(text),
        ("Edm.Binary", string text) => Convert.FromBase64String(text),
        ("Edm.Double", string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
        ("Edm.Double", int number) => (double)number,
        ("Edm.Double", double) or ("Edm.Int32", int) or ("Edm.Boolean", bool) or ("Edm.String", string) => value,
        _ => throw new NotSupportedException($"A {value.GetType()} is annotated as {type}."),
    };
}
