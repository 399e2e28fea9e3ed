using System.Globalization;
using System.Text;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Contingency.Printing;

/// <summary>
/// Writes a worklist as CSV (RFC 4180). It begins with a byte order mark, because without one Excel decodes names with the wrong code page. Parsers
/// that do not need the mark skip it.
/// </summary>
internal static class CsvList
{
    public static readonly Encoding Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: true);

    public const string ContentType = "text/csv; charset=utf-8; header=present";

    private static readonly string[] Columns =
    [
        // Excel reads the digits as a number and drops leading zeros. The second column, with spaces, keeps them.
        "ubrn", "ubrnForPeople", "version", "state", "reason", "priority", "specialty", "clinicType", "serviceId", "serviceName",
        "nhsNumber", "patientName", "birthDate", "referrerOrganisation", "referrerClinician", "received", "pathwayStart", "rttBreach",
        "diagnosisDue", "letter", "letterDue", "attachments", "appointmentStart", "review",
        "overdue", "dueBy", "dueSide", "dueWhat", "possibleDuplicates", "problems", "serviceProvider",
    ];

    public static byte[] ToBytes(WholeList list)
    {
        using var bytes = new MemoryStream();
        using (var csv = new StreamWriter(bytes, Encoding, leaveOpen: true))
        {
            Write(csv, Columns);
            foreach (var entry in list.Entries) Write(csv, CellsOf(entry));
        }

        return bytes.ToArray();
    }

    /// <summary>Writes one record, with the line end that RFC 4180 requires.</summary>
    public static void Write(TextWriter csv, IEnumerable<string?> cells)
    {
        var isFirst = true;
        foreach (var cell in cells)
        {
            if (!isFirst) csv.Write(',');
            isFirst = false;
            csv.Write(Cell(cell));
        }

        csv.Write("\r\n");
    }

    internal static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        // A spreadsheet would evaluate such a text as a formula.
        if (text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") || text[0] == ' ' || text[^1] == ' '
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;
    }

    private static IEnumerable<string?> CellsOf(WorklistEntry entry) =>
    [
        entry.Ubrn.ToString(), DisplayText.Format(entry.Ubrn), Number(entry.Version), Code.From(entry.State), entry.Reason, Code.From(entry.Priority),
        entry.Specialty,
        entry.ClinicType, entry.Service.Id, entry.Service.Name, entry.Patient.NhsNumber.Reveal(), entry.Patient.Name, Day(entry.Patient.BirthDate),
        entry.Referrer.Organisation, entry.Referrer.Clinician, Instant(entry.Received), Instant(entry.PathwayStart), Day(entry.RttBreach),
        Day(entry.DiagnosisDue), Code.From(entry.Letter.Status), Day(entry.Letter.Due), Number(entry.Attachments), Instant(entry.AppointmentStart),
        Code.From(entry.Review), string.Join(' ', (entry.Overdue ?? []).Select(Code.From)),
        Instant(entry.Due?.By), entry.Due is { } due ? Code.From(due.Side) : null, entry.Due is { } next ? Code.From(next.What) : null,
        string.Join(", ", (entry.PossibleDuplicates ?? []).Select(DisplayText.Format)), string.Join(' ', (entry.Problems ?? []).Select(Code.From)),
        entry.Service.Provider,
    ];

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string? Instant(DateTimeOffset? instant) => instant is { } value ? InstantConverter.TextOf(value) : null;
}
