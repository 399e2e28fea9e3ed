using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage;

/// <summary>Stores a problem as an object with code, text and instant. Older rows contain only the text of an attachment that was left off.</summary>
internal sealed class StoredProblemConverter : JsonConverter<ReferralProblem>
{
    private const string CodeMember = "code";
    private const string TextMember = "text";
    private const string SinceMember = "since";

    public override ReferralProblem Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new ReferralProblem(ProblemCode.AttachmentLeftOff, reader.GetString()!, default);
        using var stored = JsonDocument.ParseValue(ref reader);
        var text = stored.RootElement.GetProperty(CodeMember).GetString();
        return Code.TryParse<ProblemCode>(text, out var code)
            ? new ReferralProblem(
                code, stored.RootElement.GetProperty(TextMember).GetString()!, stored.RootElement.GetProperty(SinceMember).GetDateTimeOffset())
            : throw new JsonException($"'{text}' is not a problem code.");
    }

    public override void Write(Utf8JsonWriter writer, ReferralProblem value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString(CodeMember, Code.From(value.Code));
        writer.WriteString(TextMember, value.Text);
        writer.WriteString(SinceMember, value.Since);
        writer.WriteEndObject();
    }
}
