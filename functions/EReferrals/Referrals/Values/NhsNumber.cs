using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Referrals.Values;

/// <summary>
/// A valid NHS number. <see cref="ToString"/> returns asterisks, so that a number cannot reach a log by accident; <see cref="Reveal"/> returns
/// the digits. The check digit follows the NHS Data Dictionary (modulus 11).
/// </summary>
[JsonConverter(typeof(NhsNumberConverter))]
public readonly record struct NhsNumber
{
    private readonly string? _digits;

    private NhsNumber(string digits) => _digits = digits;

    /// <summary>Accepts ten digits, or 3-3-4 with single spaces or hyphens between the groups.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NhsNumber number)
    {
        number = default;
        var digits = text?.Length switch
        {
            10 => text,
            12 when text[3] == text[7] && text[3] is ' ' or '-' => string.Concat(text.AsSpan(0, 3), text.AsSpan(4, 3), text.AsSpan(8, 4)),
            _ => null,
        };
        if (digits is null || digits.AsSpan().ContainsAnyExceptInRange('0', '9') || !HasCheckDigit(digits) || IsOneDigitRepeated(digits)) return false;
        number = new NhsNumber(digits);
        return true;
    }

    /// <exception cref="FormatException">The text is not a valid NHS number.</exception>
    public static NhsNumber Parse(string text) => TryParse(text, out var number) ? number : throw new FormatException("Not a valid NHS number.");

    /// <summary>The ten digits. Use them only for storage and for responses to callers who may see the patient.</summary>
    public string Reveal() => _digits ?? throw new InvalidOperationException("The NHS number has no value.");

    public override string ToString() => "**********";

    private static bool HasCheckDigit(string digits)
    {
        var sum = 0;
        for (var i = 0; i < 9; i++) sum += (digits[i] - '0') * (10 - i);
        var check = 11 - (sum % 11);
        // 11 means check digit 0; 10 is not a digit, so no such NHS number exists.
        return (check == 11 ? 0 : check) == digits[9] - '0';
    }

    private static bool IsOneDigitRepeated(string digits) => !digits.AsSpan().ContainsAnyExcept(digits[0]);
}

internal sealed class NhsNumberConverter : JsonConverter<NhsNumber>
{
    // Stored values were valid when they were accepted. An invalid one is corrupt, and its text must not appear in an exception message.
    public override NhsNumber Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        NhsNumber.TryParse(reader.GetString(), out var number) ? number : throw new JsonException("Not a valid NHS number.");

    public override void Write(Utf8JsonWriter writer, NhsNumber value, JsonSerializerOptions options) => writer.WriteStringValue(value.Reveal());
}
