using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure.Data.Tables;

namespace EReferrals.Storage;

/// <summary>
/// Stores a value as compressed JSON in the binary properties P0, P1... of a table row, 60 KiB each. The limits are 64 KiB for a property and 1 MiB for a row.
/// </summary>
internal static class Packed
{
    private const int ChunkSize = 60 * 1024;

    public static void Set<T>(TableEntity row, T value, JsonTypeInfo<T> type)
    {
        var bytes = Compress(JsonSerializer.SerializeToUtf8Bytes(value, type));
        var chunk = 0;
        for (var at = 0; at < bytes.Length; at += ChunkSize) row[$"P{chunk++}"] = bytes[at..Math.Min(at + ChunkSize, bytes.Length)];
    }

    public static T Get<T>(TableEntity row, JsonTypeInfo<T> type)
    {
        using var packed = new MemoryStream();
        for (var chunk = 0; row.GetBinary($"P{chunk}") is { } bytes; chunk++) packed.Write(bytes);
        packed.Position = 0;
        using var json = new DeflateStream(packed, CompressionMode.Decompress);
        return JsonSerializer.Deserialize(json, type)
            ?? throw new InvalidDataException($"Row {row.RowKey} does not contain a {typeof(T).Name}.");
    }

    private static byte[] Compress(byte[] json)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest)) deflate.Write(json);
        return packed.ToArray();
    }
}
