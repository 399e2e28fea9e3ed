using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace EReferrals.Worklists;

/// <summary>
/// A place in a worklist, and the place in its change feed at which this reading began. Opaque to callers; stable while the list changes,
/// for it is a position in the order and not a count.
/// </summary>
internal sealed record ListCursor(string AfterSortKey, ChangesCursor Changes)
{
    public override string ToString() => Opaque.Encode($"l1 {AfterSortKey} {Changes.Plain}");

    public static ListCursor? Parse(string text) =>
        Opaque.Decode(text)?.Split(' ') is ["l1", var key, .. var rest] && ChangesCursor.ParsePlain(rest) is { } changes
            ? new ListCursor(key, changes)
            : null;
}

/// <summary>
/// A place in the change feed: everything up to list version <paramref name="Version"/> has been read, and the first
/// <paramref name="Offset"/> changes of the next one.
/// </summary>
/// <param name="At">When the reader was last known to have missed nothing; the feed reaches back only so far.</param>
internal sealed record ChangesCursor(long Version, int Offset, DateTimeOffset At)
{
    public string Plain => string.Create(CultureInfo.InvariantCulture, $"c1 {Version} {Offset} {At.ToUnixTimeSeconds()}");

    public override string ToString() => Opaque.Encode(Plain);

    public static ChangesCursor? Parse(string text) => Opaque.Decode(text)?.Split(' ') is { } parts ? ParsePlain(parts) : null;

    public static ChangesCursor? ParsePlain(string[] parts) =>
        parts is ["c1", var version, var offset, var at]
        && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var atVersion) && atVersion < 1_000_000_000_000
        && int.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var atOffset) && atOffset < 1_000
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800
            ? new ChangesCursor(atVersion, atOffset, DateTimeOffset.FromUnixTimeSeconds(seconds))
            : null;
}

file static class Opaque
{
    private const int MaxLength = 512;

    public static string Encode(string plain) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(plain));

    public static string? Decode(string text)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text)) return null;
        var plain = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text));
        return plain.AsSpan().ContainsAnyExceptInRange(' ', '~') ? null : plain;
    }
}
