using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Referrals.Values;

/// <summary>
/// Instants as we write them everywhere, to callers and into stores: UTC with a Z and three decimals, whatever they came with. Two that are shown
/// in one order are never sorted in another.
/// </summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(TextOf(value));

    public static string TextOf(DateTimeOffset value) => value.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);
}
