using System.Globalization;
using System.Text;
using EReferrals.Http.Requests;
using EReferrals.Lifecycle.Commands;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;

namespace EReferrals.Contingency.PaperReports;

/// <summary>One entry of a report of what was done on paper.</summary>
internal sealed record PaperEntry(Ubrn Ubrn, PaperAction Action, OnPaper Paper, Command Command)
{
    /// <summary>
    /// The idempotency key. The same entry sent again has the same key and hash; the same action with other details has the same key and another hash.
    /// </summary>
    public Idempotency Key => IdempotencyKey.Hash(
        string.Create(CultureInfo.InvariantCulture, $"paper {Code.From(Action)} {Paper.At.UtcDateTime:O} {Paper.By}"),
        // The text of a record contains its members in a fixed order. Only its hash is stored.
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Command}")));

    /// <summary>Returns the entry; null after adding errors to the fields.</summary>
    public static PaperEntry? Read(JsonFields fields, Present present)
    {
        var before = fields.Errors.Count;
        var ubrn = fields.Text("ubrn", Ubrn.Length + 2, text => Ubrn.TryParse(WithoutGaps(text), out _), "12 digits, with or without spaces", required: true);
        var action = fields.Code<PaperAction>("action", required: true);
        var at = fields.Instant("at", PlausibleRange.PaperAt, present, required: true);
        var by = fields.Text("by", CommandLimits.Code, text => Identifiers.IsUserId(text), "the user id (12 digits) of the person who did it", required: true);
        var command = action is null ? null : CommandOf(action.Value, fields, at);
        // Which members are allowed depends on the action.
        if (action is not null) fields.RefuseOthers();
        return fields.Errors.Count > before || command is null || !Ubrn.TryParse(WithoutGaps(ubrn!), out var number)
            ? null
            : new PaperEntry(number, action!.Value, new OnPaper(at!.Value, by!), command);
    }

    /// <summary>
    /// True when the referral is already in the state to which the command leads, because someone recorded the action before or after the outage.
    /// </summary>
    public bool IsAlreadySo(Referral referral) => Command switch
    {
        Command.Accept => referral.State == ReferralState.TriagedProviderToAction || referral is { State: ReferralState.Booked, Review: Review.Reviewed },
        Command.Return => referral.State == ReferralState.TriageResponse,
        Command.Reject => referral.State == ReferralState.Rejected,
        Command.Book book => referral is { State: ReferralState.Booked, Completed: false, Appointment: { } booked }
            && (booked.Start, booked.End) == (book.Appointment.Start, book.Appointment.End),
        Command.CancelAppointment => referral.State == ReferralState.ApptCancelledByProvider,
        Command.RecordOutcome { Outcome: AppointmentOutcome.DidNotAttend } => referral.State == ReferralState.DidNotAttend,
        Command.RecordOutcome { Outcome: AppointmentOutcome.Assessed } => referral.State == ReferralState.AssessmentResult,
        Command.RecordOutcome => referral.Completed,
        Command.Cancel => referral.State == ReferralState.CancelledReferral,
        _ => false,
    };

    private static Command? CommandOf(PaperAction action, JsonFields fields, DateTimeOffset? at) => action switch
    {
        PaperAction.Accept => fields.ReadAccept(),
        PaperAction.Return => fields.ReadReturn(),
        PaperAction.Reject => fields.ReadReject(),
        PaperAction.Book => Appointment(fields, at) is { } appointment ? new Command.Book(appointment) : null,
        PaperAction.AppointmentCancel => fields.ReadCancelAppointment(),
        PaperAction.AppointmentOutcome => fields.ReadOutcome(),
        _ => fields.ReadCancel(),
    };

    private static Appointment? Appointment(JsonFields fields, DateTimeOffset? at)
    {
        var start = fields.Instant("start", PlausibleRange.PaperStart, Present.At(at), required: true);
        var end = fields.Instant("end", PlausibleRange.AppointmentEnd, Present.At(start), required: true);
        var clinician = fields.Text("clinician", CommandLimits.Code, text => Identifiers.IsUserId(text), "a user id of 12 digits");
        var location = fields.Text("location", CommandLimits.Location);
        return start is null || end is null ? null : new Appointment(start.Value, end.Value, clinician, location);
    }

    private static string WithoutGaps(string text) =>
        text.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
}
