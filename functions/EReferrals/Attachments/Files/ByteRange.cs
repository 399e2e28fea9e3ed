using System.Globalization;

namespace EReferrals.Attachments.Files;

/// <summary>The part of a body that a <c>Range</c> header requests (RFC 9110, section 14): the whole body, one part, or an unsatisfiable range.</summary>
public abstract record ByteRange
{
    private ByteRange()
    {
    }

    /// <summary>No range, one that cannot be parsed, or several: the RFC lets a server ignore those.</summary>
    public sealed record Whole : ByteRange;

    public sealed record Part(int Start, int Length) : ByteRange
    {
        public string ContentRange(int size) => string.Create(CultureInfo.InvariantCulture, $"bytes {Start}-{Start + Length - 1}/{size}");
    }

    public sealed record Unsatisfiable : ByteRange;

    /// <param name="size">The size of the body in bytes; at least 1.</param>
    public static ByteRange Parse(string? header, int size)
    {
        const string Unit = "bytes=";
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase)) return new Whole();
        var range = header.AsSpan(Unit.Length).Trim(" \t");
        var dash = range.IndexOf('-');
        if (dash < 0) return new Whole();
        if (dash == 0) return Number(range[1..]) is { } suffix ? Last(suffix, size) : new Whole();
        if (Number(range[..dash]) is not { } first) return new Whole();
        var open = dash == range.Length - 1;
        var last = open ? long.MaxValue : Number(range[(dash + 1)..]);
        if (last is not { } end || end < first) return new Whole();
        return first >= size ? new Unsatisfiable() : new Part((int)first, (int)(Math.Min(end, size - 1) - first + 1));
    }

    private static ByteRange Last(long count, int size)
    {
        if (count == 0) return new Unsatisfiable();
        var length = (int)Math.Min(count, size);
        return new Part(size - length, length);
    }

    // A number that overflows is past the end of every body.
    private static long? Number(ReadOnlySpan<char> digits)
    {
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9')) return null;
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
    }
}
