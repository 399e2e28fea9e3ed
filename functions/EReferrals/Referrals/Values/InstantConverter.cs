using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Referrals.Values;

/// <summary>
/// Writes instants in UTC with a Z and three decimals, for callers and for storage, whatever offset and precision they have. The text order of
/// two instants is therefore their order in time.
/// </summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(TextOf(value));

    public static string TextOf(DateTimeOffset value) => value.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);
}
