using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Referrals;

/// <summary>Instants as we write them everywhere: UTC with a Z, whatever offset they came with.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
}
