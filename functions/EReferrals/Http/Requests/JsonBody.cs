using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>A request body parsed as one strict JSON object: valid UTF-8, no duplicate keys, at most 16 levels of nesting.</summary>
public sealed class JsonBody : IDisposable
{
    /// <summary>Bytes.</summary>
    public const int Limit = 64 * 1024;

    private const int MaxDepth = 16;

    private const string Json = "application/json";

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private const string UnpairedSurrogate = "The body contains an escaped surrogate that is not part of a pair, such as \\ud800 alone.";

    private readonly JsonDocument _document;

    private JsonBody(byte[] bytes, JsonDocument document)
    {
        Bytes = bytes;
        _document = document;
    }

    /// <summary>The body as it was sent.</summary>
    public byte[] Bytes { get; }

    public JsonElement Root => _document.RootElement;

    public void Dispose() => _document.Dispose();

    public static Task<Result<JsonBody>> ReadAsync(HttpRequestData request, CancellationToken cancellationToken) =>
        ReadAsync(request, Json, Limit, cancellationToken);

    /// <param name="limit">Bytes.</param>
    public static Task<Result<JsonBody>> ReadAsync(HttpRequestData request, int limit, CancellationToken cancellationToken) =>
        ReadAsync(request, Json, limit, cancellationToken);

    /// <param name="mediaType">The only type that is accepted.</param>
    public static Task<Result<JsonBody>> ReadAsync(HttpRequestData request, string mediaType, CancellationToken cancellationToken) =>
        ReadAsync(request, mediaType, Limit, cancellationToken);

    private static async Task<Result<JsonBody>> ReadAsync(HttpRequestData request, string mediaType, int limit, CancellationToken cancellationToken)
    {
        if (RequestBody.Refuse(request, limit) is { } refused) return refused;
        if (!IsJson(request.Header("Content-Type"), mediaType)) return Problem.UnsupportedMediaType($"Send Content-Type: {mediaType}.");
        var read = await RequestBody.ReadAsync(request, limit, cancellationToken);
        return read.TryGet(out var bytes, out var problem) ? Parse(bytes) : problem;
    }

    internal static Result<JsonBody> Parse(byte[] bytes)
    {
        if (!Utf8.IsValid(bytes)) return Problem.Unreadable("The body is not valid UTF-8.");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(WithoutByteOrderMark(bytes), new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException ex)
        {
            // The exception message may quote the body, which may contain patient data. The position is safe to return. A duplicate key has none.
            return Problem.Unreadable(
                ex is { LineNumber: { } line, BytePositionInLine: { } position }
                    ? $"The body is not valid JSON, or nests deeper than {MaxDepth} levels (line {line + 1}, byte {position + 1})."
                    : "The body has a duplicate key.");
        }
        catch (InvalidOperationException)
        {
            // The check for duplicate keys throws when a key contains an unpaired surrogate.
            return Problem.Unreadable(UnpairedSurrogate);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object && HoldsOnlyUnicode(bytes, document.RootElement))
        {
            return new JsonBody(bytes, document);
        }

        var detail = document.RootElement.ValueKind == JsonValueKind.Object
            ? UnpairedSurrogate
            : "The body is not a JSON object.";
        document.Dispose();
        return Problem.Unreadable(detail);
    }

    // JsonDocument rejects a byte order mark; some clients send one.
    private static ReadOnlyMemory<byte> WithoutByteOrderMark(byte[] bytes) =>
        bytes.AsSpan().StartsWith(ByteOrderMark) ? bytes.AsMemory(ByteOrderMark.Length) : bytes;

    private static bool IsJson(string? contentType, string mediaType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && string.Equals(type.MediaType, mediaType, StringComparison.OrdinalIgnoreCase)
        && (type.CharSet is null || string.Equals(type.CharSet.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase));

    // An escape such as \ud800 alone is valid JSON but not valid text. The reader throws only when the string is read.
    private static bool HoldsOnlyUnicode(byte[] bytes, JsonElement root)
    {
        if (bytes.AsSpan().IndexOf("\\u"u8) < 0) return true;
        try
        {
            Visit(root);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void Visit(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) Visit(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Visit(property.Value);
                }

                break;
        }
    }
}
