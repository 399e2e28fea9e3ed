using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Referrals.Values;

/// <summary>
/// The unique booking reference number of a referral: 12 digits, including leading zeros, displayed as 4-4-4. This service issues UBRNs that end
/// in a Verhoeff check digit; UBRNs from elsewhere need not, so any 12 digits parse.
/// </summary>
[JsonConverter(typeof(UbrnConverter))]
public readonly record struct Ubrn
{
    public const int Length = 12;

    /// <summary>The exclusive upper limit of sequence numbers, which start at 0.</summary>
    public const long SequenceEnd = 100_000_000_000;

    private readonly string? _digits;

    private Ubrn(string digits) => _digits = digits;

    private string Digits => _digits ?? throw new InvalidOperationException("The UBRN has no value.");

    /// <summary>The sequence number that the UBRN was made from: all digits except the check digit.</summary>
    public long Sequence => long.Parse(Digits.AsSpan(0, Length - 1), NumberStyles.None, CultureInfo.InvariantCulture);

    public static Ubrn FromSequence(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, SequenceEnd);
        var digits = sequence.ToString("D11", CultureInfo.InvariantCulture);
        return new Ubrn(digits + Verhoeff.CheckDigit(digits));
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out Ubrn ubrn)
    {
        ubrn = default;
        if (text is not { Length: Length } || text.AsSpan().ContainsAnyExceptInRange('0', '9')) return false;
        ubrn = new Ubrn(text);
        return true;
    }

    /// <exception cref="FormatException">The text is not 12 digits.</exception>
    public static Ubrn Parse(string text) => TryParse(text, out var ubrn) ? ubrn : throw new FormatException("A UBRN has 12 digits.");

    /// <summary>The 12 digits without separators.</summary>
    public override string ToString() => Digits;
}

internal sealed class UbrnConverter : JsonConverter<Ubrn>
{
    public override Ubrn Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Ubrn.TryParse(reader.GetString(), out var ubrn) ? ubrn : throw new JsonException("A UBRN has 12 digits.");

    public override void Write(Utf8JsonWriter writer, Ubrn value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
