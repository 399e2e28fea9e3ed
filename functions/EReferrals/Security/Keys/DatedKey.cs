using System.Globalization;
using System.Security.Cryptography;

namespace EReferrals.Security.Keys;

/// <summary>A secret that is replaced from time to time. Its day is also its id, which everything that was made with it names.</summary>
/// <param name="UsedFrom">The day (UTC) from which new things are made with it.</param>
public sealed record DatedKey(DateOnly UsedFrom, byte[] Secret)
{
    /// <summary>The shortest secret, in bytes: the size of the hash.</summary>
    public const int MinSecret = 32;

    private const string Day = "yyyy-MM-dd";

    public string Id { get; } = UsedFrom.ToString(Day, CultureInfo.InvariantCulture);

    /// <summary>A key that no other instance has. Its day is long ago and random, so that others do not take it for a key of theirs.</summary>
    public static DatedKey OfThisInstance() =>
        new(DateOnly.FromDayNumber(RandomNumberGenerator.GetInt32(1, 365_000)), RandomNumberGenerator.GetBytes(MinSecret));

    /// <summary>The keys in a setting, the newest first: each its first day, a colon and its secret in Base64, separated by commas.</summary>
    /// <returns>Null when the text is not that.</returns>
    public static IReadOnlyList<DatedKey>? ListFrom(string text)
    {
        var keys = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(From).ToArray();
        var valid = keys.OfType<DatedKey>().ToArray();
        var days = valid.Select(key => key.UsedFrom).ToArray();
        return valid.Length > 0 && valid.Length == keys.Length && days.Distinct().OrderDescending().SequenceEqual(days) ? valid : null;
    }

    /// <summary>The newest key whose day has come; before the first day, the oldest.</summary>
    public static DatedKey Current(IReadOnlyList<DatedKey> newestFirst, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        foreach (var key in newestFirst)
        {
            if (key.UsedFrom <= today) return key;
        }

        return newestFirst[^1];
    }

    public static bool IsId(string text) => DayIn(text) is not null;

    private static DatedKey? From(string text)
    {
        var secret = new byte[512];
        return text.Split(':') is [var id, var encoded]
            && DayIn(id) is { } day
            && Convert.TryFromBase64String(encoded, secret, out var length) && length >= MinSecret
            ? new DatedKey(day, secret[..length])
            : null;
    }

    private static DateOnly? DayIn(string text) =>
        DateOnly.TryParseExact(text, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
