using System.Buffers;

namespace EReferrals.Attachments.Files;

/// <summary>
/// Looks for what makes a browser run scripts in an XML file. By its bytes, in one pass, because a parser can be made to need much memory, and stops at what a
/// browser reads over: another version, or another encoding.
/// </summary>
internal static class XmlContents
{
    // The namespaces of pages, of drawings and of programs that make pages; declarations, which can make any element one of those.
    private static readonly byte[][] Signs =
    [
        [.. "www.w3.org/1999/xhtml"u8], [.. "www.w3.org/2000/svg"u8], [.. "www.w3.org/1999/xsl/transform"u8], [.. "<html"u8], [.. "<!doctype html"u8],
        [.. "<!attlist"u8], [.. "<!entity"u8],
    ];

    public static bool RunsInBrowser(ReadOnlySpan<byte> bytes)
    {
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        try
        {
            var text = rented.AsSpan(0, Normalise(bytes, rented));
            foreach (var sign in Signs)
            {
                if (text.IndexOf(sign) >= 0) return true;
            }

            return HasHiddenNamespace(text);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Without the zero bytes of UTF-16, and in small letters, the names are the same in every encoding.
    private static int Normalise(ReadOnlySpan<byte> bytes, Span<byte> text)
    {
        var length = 0;
        foreach (var value in bytes)
        {
            if (value != 0) text[length++] = value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;
        }

        return length;
    }

    // A character reference in the name of a namespace hides it. No other file has one there.
    private static bool HasHiddenNamespace(ReadOnlySpan<byte> text)
    {
        for (var at = text.IndexOf("xmlns"u8); at >= 0; at = text.IndexOf("xmlns"u8))
        {
            text = text[(at + "xmlns"u8.Length)..];
            var quote = text.IndexOfAny((byte)'"', (byte)'\'');
            if (quote < 0) return false;
            var value = text[(quote + 1)..];
            var end = value.IndexOf(text[quote]);
            value = end < 0 ? value : value[..end];
            if (value.IndexOf("&#"u8) >= 0) return true;
            text = text[(quote + 1 + value.Length)..];
        }

        return false;
    }
}
