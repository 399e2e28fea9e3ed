using System.Globalization;
using EReferrals.Http.Html;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Values;

namespace EReferrals.Contingency.Printing;

/// <summary>
/// Prints a referral with everything that a clinic needs to see the patient. Usually one A4 page, or two when the reason is long. Text is never cut
/// off, so an extremely long one takes more pages.
/// </summary>
internal static class ReferralSheet
{
    private const string NoReason = "None was sent with the referral. See its letters.";
    private const int BarHeight = 14;
    private const double BarModule = 0.55;

    /// <param name="statuses">The scan status of each attachment, by its id.</param>
    public static byte[] ToBytes(Referral referral, IReadOnlyDictionary<string, AttachmentStatus> statuses, DateTimeOffset asOf) =>
        Sheet.ToBytes($"Referral {DisplayText.Format(referral.Ubrn)}", html => Write(html, referral, statuses, asOf));

    public static void Write(TextWriter html, Referral referral, IReadOnlyDictionary<string, AttachmentStatus> statuses, DateTimeOffset asOf)
    {
        // A table header is repeated on each page, because the pages of a fax get separated.
        html.Write(
            $"<table class=\"sheet\"><thead><tr><td>Referral <b>{DisplayText.Format(referral.Ubrn)}</b>, NHS number "
                + $"<b>{DisplayText.Format(referral.Patient.NhsNumber)}</b>. Version {referral.Version.ToString(CultureInfo.InvariantCulture)}, as at "
                + $"{DisplayText.Format(asOf)}. Confidential.</td></tr></thead><tbody><tr><td>\n");
        html.Write($"<div class=\"top\"><div><div class=\"ubrn\">{DisplayText.Format(referral.Ubrn)}</div>");
        html.Write(
            $"<div class=\"stamp\">{DisplayText.Format(referral.Priority)}</div></div>{Code128.Svg(referral.Ubrn.ToString(), BarHeight, BarModule)}</div>\n");
        WritePatient(html, referral);
        WriteWhere(html, referral);
        html.Write($"<h2>Reason for referral</h2><p class=\"reason text\" dir=\"auto\">{HtmlPage.Encode(Tidy(referral.ClinicalReason ?? NoReason))}</p>\n");
        if (referral.Snomed.Count > 0) Line(html, "SNOMED CT", HtmlPage.Encode(string.Join(", ", referral.Snomed)));
        WriteState(html, referral, asOf);
        WriteAttachments(html, referral, statuses);
        html.Write(
            "<h2>Done on paper</h2><table class=\"facts\"><tr><th>What was done</th><td class=\"write\"></td></tr><tr><th>Who, date and time</th><td "
                + "class=\"write\"></td></tr></table>");
        html.Write("</td></tr></tbody></table>\n");
    }

    private static void WritePatient(TextWriter html, Referral referral)
    {
        var patient = referral.Patient;
        html.Write("<h2>Patient</h2><table class=\"facts\">");
        Row(html, "Name", $"<bdi class=\"patient\">{HtmlPage.Encode(patient.Name ?? "(no name given: look up the NHS number)")}</bdi>");
        Row(html, "NHS number", $"<span class=\"patient\">{DisplayText.Format(patient.NhsNumber)}</span>");
        if (patient.BirthDate is { } born) Row(html, "Date of birth", DisplayText.Format(born));
        html.Write("</table>\n");
    }

    private static void WriteWhere(TextWriter html, Referral referral)
    {
        var service = referral.Service;
        html.Write("<h2>Referred</h2><table class=\"facts\">");
        var providerText = service.Provider is { } provider ? $", provider {HtmlPage.Encode(provider)}" : "";
        Row(html, "To", $"<bdi>{HtmlPage.Encode(service.Name ?? "Unknown service")}</bdi> (service {HtmlPage.Encode(service.Id)}{providerText})");
        var kind = string.Join(", ", new[] { referral.Specialty, referral.ClinicType }.OfType<string>().Select(DisplayText.Words));
        if (kind.Length > 0) Row(html, "Specialty, clinic", HtmlPage.Encode(kind));
        Row(html, "From", $"{HtmlPage.Encode(referral.Referrer.Organisation)}, clinician {HtmlPage.Encode(referral.Referrer.Clinician)}");
        Row(html, "Received", $"{DisplayText.Format(referral.Received)}; pathway began {DisplayText.DateOf(referral.PathwayStart)}");
        var clocks = $"18 weeks end {DisplayText.Format(Clocks.RttBreach(referral))}";
        if (Clocks.DiagnosisDue(referral) is { } due) clocks += $"; <b>diagnosis due {DisplayText.Format(due)}</b>";
        Row(html, "Waiting times", clocks);
        html.Write("</table>\n");
    }

    private static void WriteState(TextWriter html, Referral referral, DateTimeOffset asOf)
    {
        html.Write("<h2>Current state</h2><table class=\"facts\">");
        var completed = referral.Completed ? " (completed)" : "";
        var reasonText = referral.Reason is { } reason ? $" ({HtmlPage.Encode(DisplayText.Words(reason))})" : "";
        var review = DisplayText.Words(referral.Review).ToLowerInvariant();
        Row(html, "State", $"{DisplayText.Words(referral.State)}{completed}{reasonText}, {review}, since {DisplayText.Format(referral.Updated)}");
        if (referral.Appointment is { } appointment)
        {
            var where = string.Join(", ", new[] { appointment.Clinician, appointment.Location }.OfType<string>());
            var place = where.Length > 0 ? $"<br><bdi>{HtmlPage.Encode(where)}</bdi>" : "";
            Row(html, "Appointment", $"<b>{DisplayText.Format(appointment.Start)}</b> to {DisplayText.Format(appointment.End)}{place}");
        }

        var letter = Letter.From(referral, asOf);
        Row(html, "Letter", $"{DisplayText.Words(letter.Status)}{(letter.Due is { } due ? $", due {DisplayText.Format(due)}" : "")}");
        if (referral.Comments is { } comments) Row(html, "Comments", $"<span class=\"text\" dir=\"auto\">{HtmlPage.Encode(Tidy(comments))}</span>");
        if (referral.Problems.Count > 0) Row(html, "Problems", string.Join("<br>", referral.Problems.Select(problem => HtmlPage.Encode(problem.Text))));
        html.Write("</table>\n");
    }

    private static void WriteAttachments(TextWriter html, Referral referral, IReadOnlyDictionary<string, AttachmentStatus> statuses)
    {
        if (referral.Attachments.Count == 0)
        {
            html.Write("<h2>Attachments</h2><p>None.</p>\n");
            return;
        }

        html.Write(
            "<h2>Attachments (held by the service, not on this paper)</h2><table><thead><tr><th>Name</th><th>Type, "
                + "size</th><th>Attached</th><th>Scan</th></tr></thead><tbody>");
        foreach (var file in referral.Attachments)
        {
            var status = statuses.TryGetValue(file.Id, out var known) ? DisplayText.Words(known) : "Unknown";
            html.Write(
                $"<tr><td><bdi>{HtmlPage.Encode(file.Name)}</bdi></td><td>{HtmlPage.Encode(file.ContentType)}, "
                    + $"{DisplayText.Size(file.Size)}</td><td>{DisplayText.Format(file.AttachedAt)}</td><td>{status}</td></tr>");
        }

        html.Write("</tbody></table>\n");
    }

    private static void Row(TextWriter html, string name, string value) => html.Write($"<tr><th>{name}</th><td>{value}</td></tr>");

    private static void Line(TextWriter html, string name, string value) => html.Write($"<p><b>{name}</b> {value}</p>\n");

    // Removes repeated blank lines to save paper. Keeps all words.
    private static string Tidy(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd());
        var kept = new List<string>();
        foreach (var line in lines)
        {
            if (line.Length > 0 || (kept.Count > 0 && kept[^1].Length > 0)) kept.Add(line);
        }

        return string.Join('\n', kept).TrimEnd();
    }
}
