using System.Globalization;
using System.Security.Cryptography;

namespace EReferrals.Http.Paging;

/// <summary>A key that signs cursors. Its day is also its id, which every cursor names.</summary>
/// <param name="SignsFrom">The day from which it signs.</param>
public sealed record CursorKey(DateOnly SignsFrom, byte[] Secret)
{
    /// <summary>The shortest secret, in bytes: the size of the hash.</summary>
    public const int MinSecret = 32;

    private const string Day = "yyyy-MM-dd";

    public string Id { get; } = SignsFrom.ToString(Day, CultureInfo.InvariantCulture);

    /// <summary>A key that no other instance has. Its day is long ago and random, so that others do not take it for a key of theirs.</summary>
    public static CursorKey OfThisInstance() =>
        new(DateOnly.FromDayNumber(RandomNumberGenerator.GetInt32(365_000)), RandomNumberGenerator.GetBytes(MinSecret));

    /// <summary>The keys in <c>Cursors__Keys</c>, the newest first: each its first day, a colon and its secret in Base64, separated by commas.</summary>
    /// <returns>Null when the text is not that.</returns>
    public static IReadOnlyList<CursorKey>? ListFrom(string text)
    {
        var keys = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(From).ToArray();
        var valid = keys.OfType<CursorKey>().ToArray();
        var days = valid.Select(key => key.SignsFrom).ToArray();
        return valid.Length > 0 && valid.Length == keys.Length && days.Distinct().OrderDescending().SequenceEqual(days) ? valid : null;
    }

    public static bool IsId(string text) => DayIn(text) is not null;

    private static CursorKey? From(string text)
    {
        var secret = new byte[512];
        return text.Split(':') is [var id, var encoded]
            && DayIn(id) is { } day
            && Convert.TryFromBase64String(encoded, secret, out var length) && length >= MinSecret
            ? new CursorKey(day, secret[..length])
            : null;
    }

    private static DateOnly? DayIn(string text) =>
        DateOnly.TryParseExact(text, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
