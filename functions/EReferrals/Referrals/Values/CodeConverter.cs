using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Referrals.Values;

/// <summary>Reads and writes an enum as its wire code. Throws a <see cref="JsonException"/> for anything that is not exactly a code.</summary>
public sealed class CodeConverter<T> : JsonConverter<T> where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Code.TryParse<T>(reader.GetString(), out var value)
            ? value
            : throw new JsonException($"The value is not a {typeof(T).Name} code.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(Code.From(value));
}
