using System.Globalization;
using System.Text;
using Azure.Data.Tables.Models;

namespace Azure.Data.Tables;

/// <summary>
/// What the Table service refuses. Checked before sending, because an emulator accepts much of it. No message repeats a value: keys and
/// properties may hold what must not reach a log.
/// </summary>
internal static class EntityRules
{
    private const int MaxKeyCharacters = 512; // 1 KiB of UTF-16
    private const int MaxStringCharacters = 32 * 1024;
    private const int MaxBinaryBytes = 64 * 1024;
    private const int MaxNameCharacters = 255;
    private const int MaxOwnProperties = 252;
    private const int MaxEntityBytes = 1024 * 1024;
    private const int MaxPageSize = 1000;

    private static readonly DateTime EarliestTime = new(1601, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static RequestFailedException Refused(TableErrorCode code, string message, int status = 400) =>
        new(status, $"{message} Refused before sending, as the Table service would.\nErrorCode: {code}", code.ToString(), null);

    public static void CheckKey(string? key, string name)
    {
        if (key is null) throw Refused(TableErrorCode.PropertiesNeedValue, $"The {name} has no value.");
        if (key.Length > MaxKeyCharacters) throw Refused(TableErrorCode.KeyValueTooLarge, $"The {name} is longer than 1 KiB.");
        foreach (var character in key)
        {
            if (character is '/' or '\\' or '#' or '?' || char.IsControl(character))
            {
                throw Refused(TableErrorCode.OutOfRangeInput, $"The {name} holds one of / \\ # ? or a control character.");
            }
        }

        CheckText(key, name);
    }

    public static void CheckName(string name)
    {
        if (name.Length > MaxNameCharacters) throw Refused(TableErrorCode.PropertyNameTooLong, "A property name is longer than 255 characters.");
        if (name.Length == 0 || !(char.IsLetter(name[0]) || name[0] == '_')) throw Invalid();
        foreach (var character in name)
        {
            if (!(char.IsLetterOrDigit(character) || character == '_')) throw Invalid();
        }

        static RequestFailedException Invalid() =>
            Refused(TableErrorCode.PropertyNameInvalid, "A property name must be an identifier: letters, digits and underscores, no digit first.");
    }

    public static void CheckString(string value, string name)
    {
        if (value.Length > MaxStringCharacters) throw Refused(TableErrorCode.PropertyValueTooLarge, $"Property {name} is longer than 64 KiB.");
        CheckText(value, name);
    }

    public static void CheckBinary(int length, string name)
    {
        if (length > MaxBinaryBytes) throw Refused(TableErrorCode.PropertyValueTooLarge, $"Property {name} is longer than 64 KiB.");
    }

    public static void CheckTime(DateTime value, string name)
    {
        if (value < EarliestTime) throw Refused(TableErrorCode.OutOfRangeInput, $"Property {name} is earlier than 1601, the first year of a table.");
    }

    public static void CheckEntity(int ownProperties, long bytes)
    {
        if (ownProperties > MaxOwnProperties) throw Refused(TableErrorCode.TooManyProperties, "The entity has more than 252 properties of its own.");
        if (bytes > MaxEntityBytes) throw Refused(TableErrorCode.EntityTooLarge, "The entity is larger than 1 MiB.");
    }

    public static void CheckPageSize(int? size)
    {
        if (size is < 1 or > MaxPageSize) throw Refused(TableErrorCode.InvalidInput, "A page holds between 1 and 1000 entities.");
    }

    public static void CheckTableName(string name)
    {
        if (name.Length is < 3 or > 63 || !char.IsAsciiLetter(name[0]) || !name.All(char.IsAsciiLetterOrDigit)
            || name.Equals("tables", StringComparison.OrdinalIgnoreCase))
        {
            throw Refused("InvalidResourceName", "A table name is 3 to 63 letters and digits, a letter first, and not \"tables\".");
        }
    }

    // A lone surrogate would be stored as U+FFFD: two different keys could become one.
    private static void CheckText(string value, string name)
    {
        try
        {
            StrictUtf8.GetByteCount(value);
        }
        catch (EncoderFallbackException)
        {
            throw Refused(TableErrorCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"{name} is not well-formed Unicode."));
        }
    }
}
