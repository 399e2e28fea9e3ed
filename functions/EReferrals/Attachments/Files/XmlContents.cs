using System.Xml;

namespace EReferrals.Attachments.Files;

/// <summary>Reads an XML file as a browser does, up to its first error: names count as they are parsed, not as they are written.</summary>
internal static class XmlContents
{
    private static readonly string[] WithScripts = ["http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"];

    private static readonly XmlReaderSettings Strict = new()
    {
        DtdProcessing = DtdProcessing.Parse, XmlResolver = null, MaxCharactersFromEntities = 1_000, CheckCharacters = false,
    };

    /// <summary>
    /// Whether a browser could run scripts in it: it has an element of XHTML or SVG, or declarations of its own, which can make any element one of those.
    /// </summary>
    public static bool RunsInBrowser(ReadOnlySpan<byte> bytes)
    {
        using var reader = XmlReader.Create(new MemoryStream(bytes.ToArray()), Strict);
        try
        {
            while (reader.Read())
            {
                if (reader.NodeType == XmlNodeType.DocumentType && reader.Value.Length > 0) return true;
                if (reader.NodeType == XmlNodeType.Element && WithScripts.Contains(reader.NamespaceURI)) return true;
            }
        }
        catch (XmlException)
        {
            // Other systems send XML with faults. It is kept as it is, and a browser reads no further either.
        }

        return false;
    }
}
