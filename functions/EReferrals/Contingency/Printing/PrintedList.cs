using System.Globalization;
using EReferrals.Http.Html;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Contingency.Printing;

/// <summary>Prints a worklist on A4 landscape, with space to write what was done on paper.</summary>
internal static class PrintedList
{
    /// <param name="copyNote">Why the list may be out of date; null for a live list.</param>
    /// <param name="sheets">Writes the sheets that follow the list; null when there are none.</param>
    /// <param name="sheetsAt">The relative folder of the sheets to which the list links; null for no links.</param>
    public static byte[] ToBytes(
        WholeList list, string? copyNote = null, Action<TextWriter>? sheets = null, string? sheetsAt = null) => Sheet.ToBytes(
        $"{DisplayText.Words(list.List)} {list.Organisation}",
        html =>
        {
            Write(html, list, copyNote, sheetsAt);
            sheets?.Invoke(html);
        });

    private static void Write(TextWriter html, WholeList list, string? copyNote, string? sheetsAt)
    {
        var count = list.Entries.Count;
        html.Write($"<h1>{DisplayText.Words(list.List)} &ndash; {list.Organisation}</h1>");
        if (copyNote is not null) html.Write($"<p class=\"warning\">{HtmlPage.Encode(copyNote)}</p>");
        html.Write(
            $"<p>As at <b>{DisplayText.Format(list.AsOf)}</b> (UK time). "
                + $"{count.ToString(CultureInfo.InvariantCulture)} {(count == 1 ? "referral" : "referrals")}, most urgent and longest waiting first. "
                + $"List version {list.Version.ToString(CultureInfo.InvariantCulture)}.</p>\n");
        if (count == 0)
        {
            html.Write("<p>There are no referrals on this list.</p>\n");
            return;
        }

        html.Write(
            "<table class=\"list\"><thead><tr><th class=\"ubrn\">UBRN</th><th class=\"priority\">Priority</th><th>Patient</th><th "
                + "class=\"service\">Service</th><th class=\"dates\">Dates</th><th class=\"state\">State</th><th class=\"done\">Done on paper (what, who, "
                + "when)</th></tr></thead><tbody>\n");
        foreach (var entry in list.Entries) Write(html, entry, sheetsAt);
        html.Write("</tbody></table>\n");
    }

    private static string Place(ListedService service) => service.Provider is { } provider ? $"{provider}, {service.Id}" : service.Id;

    private static void Write(TextWriter html, WorklistEntry entry, string? sheetsAt)
    {
        var patient = entry.Patient;
        var ubrn = sheetsAt is null ? DisplayText.Format(entry.Ubrn) : $"<a href=\"{sheetsAt}{entry.Ubrn}.html\">{DisplayText.Format(entry.Ubrn)}</a>";
        var priorityClass = entry.Priority == Priority.Routine ? "" : " class=\"soon\"";
        html.Write($"<tr><td class=\"number\">{ubrn}</td><td{priorityClass}>{DisplayText.Format(entry.Priority)}</td>");
        html.Write($"<td><bdi>{HtmlPage.Encode(patient.Name ?? "(no name given)")}</bdi><br>NHS&nbsp;{Nowrap(DisplayText.Format(patient.NhsNumber))}");
        if (patient.BirthDate is { } born) html.Write($"<br>born {Nowrap(DisplayText.Format(born))}");
        html.Write($"</td><td><bdi>{HtmlPage.Encode(entry.Service.Name ?? "Unknown service")}</bdi> ({HtmlPage.Encode(Place(entry.Service))})");
        if (entry.ClinicType is { } clinic) html.Write($"<br>{HtmlPage.Encode(DisplayText.Words(clinic))}");
        html.Write(
            $"<br>from {HtmlPage.Encode(entry.Referrer.Organisation)}</td><td>received {Nowrap(DisplayText.DateOf(entry.Received))}<br>18 weeks "
                + $"{Nowrap(DisplayText.Format(entry.RttBreach))}");
        if (entry.DiagnosisDue is { } due) html.Write($"<br><b>diagnosis {Nowrap(DisplayText.Format(due))}</b>");
        html.Write($"</td><td>{DisplayText.Words(entry.State)}");
        if (entry.AppointmentStart is { } start) html.Write($"<br>appointment {Nowrap(DisplayText.Format(start))}");
        // An overdue letter is shown in the line about the letter.
        foreach (var what in (entry.Overdue ?? []).Where(what => what != Overdue.Letter))
        {
            html.Write($"<br><b>{DisplayText.Words(what).ToUpperInvariant()} OVERDUE</b>");
        }

        if (entry.PossibleDuplicates is { } others)
        {
            html.Write($"<br><b>POSSIBLE DUPLICATE OF</b> {string.Join(", ", others.Select(other => Nowrap(DisplayText.Format(other))))}");
        }

        if (ReviewNews(entry.Review) is { } news) html.Write($"<br><b>{news}</b>");
        foreach (var problem in entry.Problems ?? []) html.Write($"<br><b>{DisplayText.Words(problem).ToUpperInvariant()}</b>");
        html.Write($"<br>{LetterWords(entry)}</td><td></td></tr>\n");
    }

    private static string? ReviewNews(Review review) => review is Review.NeverReviewed or Review.Reviewed ? null : DisplayText.Words(review).ToUpperInvariant();

    private static string LetterWords(WorklistEntry entry) => entry.Letter.Status switch
    {
        LetterStatus.Present => string.Create(CultureInfo.InvariantCulture, $"letter received ({entry.Attachments} file{(entry.Attachments == 1 ? "" : "s")})"),
        LetterStatus.NotApplicable => "no letter expected",
        LetterStatus.Overdue => $"<b>letter overdue</b>{(entry.Letter.Due is { } due ? $" since {Nowrap(DisplayText.Format(due))}" : "")}",
        _ when entry.HasUnreadableLetter =>
            $"letter received but cannot be opened{(entry.Letter.Due is { } due ? $", another due {Nowrap(DisplayText.Format(due))}" : "")}",
        _ => $"letter due{(entry.Letter.Due is { } due ? $" {Nowrap(DisplayText.Format(due))}" : "")}",
    };

    private static string Nowrap(string text) => text.Replace(" ", "&nbsp;", StringComparison.Ordinal);
}
