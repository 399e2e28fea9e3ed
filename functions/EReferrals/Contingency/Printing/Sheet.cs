using System.Text;
using EReferrals.Http.Html;

namespace EReferrals.Contingency.Printing;

/// <summary>
/// The HTML document around everything that is printed: self-contained, without scripts or external resources, in black on white and at least 10
/// points, so that it is readable from a disk, a printer and a fax.
/// </summary>
internal static class Sheet
{
    // Text from users can be long, right-to-left or both, so it wraps anywhere, and each piece of text has its own direction.
    private const string Style = """
        *{box-sizing:border-box}
        @page{size:A4 landscape;margin:12mm 10mm 14mm;@bottom-right{content:"Page " counter(page) " of " counter(pages);font:10pt sans-serif}}
        @page upright{size:A4 portrait;margin:9mm 13mm 11mm}
        html{background:#fff;color:#000;font:10pt/1.25 Arial,"Liberation Sans","Noto Sans","DejaVu Sans",sans-serif}
        body{margin:0}
        h1{font-size:16pt;margin:0 0 1mm}
        h2{font-size:11pt;margin:2.5mm 0 .8mm;break-after:avoid}
        p{margin:0 0 1.5mm}
        a{color:#000}
        .warning{border:.8mm solid #000;padding:2mm;margin:0 0 2mm;font-weight:bold}
        table{border-collapse:collapse;width:calc(100% - .3mm)}
        th,td{border:.25mm solid #000;padding:.7mm 1.2mm;text-align:left;vertical-align:top;overflow-wrap:anywhere}
        th{font-weight:bold;overflow-wrap:normal}
        thead{display:table-header-group}
        tr{break-inside:avoid}
        .list{table-layout:fixed}
        .list .ubrn{width:11.6%}.list .priority{width:10.5%}.list .service{width:15.5%}.list .dates{width:15.5%}.list .state{width:13%}.list .done{width:10.8%}
        .number{font-weight:bold;white-space:nowrap}
        .list .number{white-space:normal}
        .soon{font-weight:bold;overflow-wrap:normal}
        .text{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext;line-height:1.2}
        .reason{border:.25mm solid #000;padding:1mm 1.2mm;width:calc(100% - .3mm);box-decoration-break:clone}
        bdi{overflow-wrap:anywhere}
        .sheet{page:upright;break-before:page}
        .sheet:first-child{break-before:auto}
        .sheet>tbody>tr{break-inside:auto}
        .sheet>thead>tr>td{border:0;border-bottom:.25mm solid #000;padding:0 0 1mm}
        .sheet>tbody>tr>td{border:0;padding:0}
        .top{display:flex;justify-content:space-between;align-items:flex-start;gap:4mm;margin-top:2mm}
        .top .ubrn{font-size:20pt;font-weight:bold;white-space:nowrap;line-height:1.1}
        .bars{display:block}
        .stamp{display:inline-block;border:.8mm solid #000;padding:.5mm 3mm;font-size:13pt;font-weight:bold;margin-top:1mm}
        .facts{table-layout:fixed}
        .facts th{width:38mm}
        .patient{font-size:13pt;font-weight:bold}
        .write{height:8mm}
        @media screen{body{margin:8mm auto;max-width:277mm;padding:0 4mm}.sheet{max-width:182mm}}
        """;

    public static HtmlPage Page { get; } = new(Style);

    public static void Write(TextWriter html, string title, Action<TextWriter> body)
    {
        html.Write("<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"");
        html.Write(Page.PolicyInPage);
        html.Write(
            "\"><meta name=\"referrer\" content=\"no-referrer\"><meta name=\"robots\" content=\"noindex\"><meta name=\"viewport\" "
                + "content=\"width=device-width\"><title>");
        html.Write(HtmlPage.Encode(title));
        html.Write("</title><style>");
        html.Write(Page.Style);
        html.Write("</style></head><body>\n");
        body(html);
        html.Write("</body></html>\n");
    }

    public static byte[] ToBytes(string title, Action<TextWriter> body)
    {
        using var bytes = new MemoryStream();
        using (var html = new StreamWriter(bytes, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" }) Write(html, title, body);
        return bytes.ToArray();
    }
}
