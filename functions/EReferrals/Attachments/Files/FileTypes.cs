using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text.Unicode;

namespace EReferrals.Attachments.Files;

/// <summary>The file types that e-RS accepts, with the extensions and the first bytes of each.</summary>
public static class FileTypes
{
    private static readonly FrozenDictionary<string, string[]> Extensions = new Dictionary<string, string[]>
    {
        ["text/plain"] = [".txt"],
        ["application/pdf"] = [".pdf"],
        ["text/xml"] = [".xml"],
        ["text/rtf"] = [".rtf", ".rtx"],
        ["audio/basic"] = [".au"],
        ["audio/mpeg"] = [".mp3"],
        ["image/png"] = [".png"],
        ["image/gif"] = [".gif"],
        ["image/jpeg"] = [".jpg", ".jpe", ".jpeg"],
        ["image/tiff"] = [".tif", ".tiff"],
        ["video/mpeg"] = [".mpg", ".mpeg", ".mpe"],
        ["application/msword"] = [".doc"],
        ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"] = [".docx"],
        ["application/dicom"] = [".dcm"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyList<string> ContentTypes { get; } = [.. Extensions.Keys.Order(StringComparer.Ordinal)];

    public static bool IsAllowed(string contentType) => Extensions.ContainsKey(contentType);

    public static IReadOnlyList<string> ExtensionsOf(string contentType) => Extensions[contentType];

    /// <summary>Whether the file name has an extension of this content type.</summary>
    public static bool NameAgrees(string contentType, string fileName)
    {
        var dot = fileName.LastIndexOf('.');
        return dot >= 0 && Extensions[contentType].Contains(fileName[dot..], StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether the bytes look like this content type. This detects mislabelled files; the scanner detects malicious ones.</summary>
    public static bool BytesAgree(string contentType, ReadOnlySpan<byte> bytes) => contentType switch
    {
        "text/plain" => IsText(bytes),
        "application/pdf" => WithoutPreamble(bytes).StartsWith("%PDF-"u8),
        "text/xml" => IsXml(bytes),
        "text/rtf" => bytes.StartsWith(@"{\rtf"u8),
        "audio/basic" => bytes.StartsWith(".snd"u8),
        "audio/mpeg" => bytes.StartsWith("ID3"u8) || IsMpegAudioFrame(bytes),
        "image/png" => bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]),
        "image/gif" => bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8),
        "image/jpeg" => bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]),
        "image/tiff" => IsTiff(bytes),
        "video/mpeg" => bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 1]) && bytes.Length > 3 && bytes[3] is >= 0xB0 and <= 0xBF,
        "application/msword" => bytes.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => bytes.StartsWith("PK\u0003\u0004"u8),
        "application/dicom" => bytes.Length >= 132 && bytes[128..].StartsWith("DICM"u8),
        _ => false,
    };

    private static ReadOnlySpan<byte> WithoutPreamble(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        return bytes.TrimStart(" \t\r\n"u8);
    }

    // Text is UTF-8 or a Latin code page. Every byte is valid in a Latin code page, so text is recognised by its control characters: it contains only
    // white space, the end-of-file mark of old systems, and the separators of laboratory messages.
    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Contains((byte)0)) return false;
        if (Utf8.IsValid(bytes)) return true;
        foreach (var value in bytes)
        {
            if (value is < 0x20 and not (>= 0x09 and <= 0x0D) and not (>= 0x1A and <= 0x1C) || value == 0x7F) return false;
        }

        return true;
    }

    // A browser would run the scripts of a page or a drawing.
    private static bool IsXml(ReadOnlySpan<byte> bytes) => HasXmlForm(bytes) && !XmlContents.RunsInBrowser(bytes);

    private static bool HasXmlForm(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, (byte)'<', 0]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF, 0, (byte)'<']))
        {
            return true;
        }

        return WithoutPreamble(bytes) is [(byte)'<', ..] && IsText(bytes);
    }

    // The first two letters give the byte order. 42 is TIFF, 43 is BigTIFF.
    private static bool IsTiff(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4) return false;
        if (bytes.StartsWith("II"u8)) return BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) is 42 or 43;
        return bytes.StartsWith("MM"u8) && BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) is 42 or 43;
    }

    // Eleven set bits, then a version, a layer, a bit rate and a sampling rate that are not reserved values.
    private static bool IsMpegAudioFrame(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 4
        && bytes[0] == 0xFF
        && (bytes[1] & 0xE0) == 0xE0
        && (bytes[1] & 0x18) != 0x08
        && (bytes[1] & 0x06) != 0
        && (bytes[2] & 0xF0) != 0xF0
        && (bytes[2] & 0x0C) != 0x0C;
}
