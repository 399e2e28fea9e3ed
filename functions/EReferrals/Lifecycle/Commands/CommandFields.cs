using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;

namespace EReferrals.Lifecycle.Commands;

/// <summary>
/// Reads commands, and members that several commands share, from the fields of a request or of an entry in a paper report. A method that reads a command
/// returns null after adding an error to the fields.
/// </summary>
internal static class CommandFields
{
    public static Command.Accept ReadAccept(this JsonFields fields) => new(fields.Comments(), fields.Code<Priority>("priority"));

    public static Command.Return? ReadReturn(this JsonFields fields) =>
        fields.Comments(required: true) is { } comments ? new Command.Return(comments) : null;

    public static Command.Reject? ReadReject(this JsonFields fields) =>
        (fields.Comments(), fields.Reason(required: true)) is (var comments, { } reason) ? new Command.Reject(reason, comments) : null;

    public static Command.CancelAppointment? ReadCancelAppointment(this JsonFields fields) =>
        (fields.Comments(), fields.Reason(required: true)) is (var comments, { } reason) ? new Command.CancelAppointment(reason, comments) : null;

    public static Command.Cancel? ReadCancel(this JsonFields fields) =>
        (fields.Comments(), fields.Reason(required: true)) is (var comments, { } reason) ? new Command.Cancel(reason, comments) : null;

    public static Command.RecordOutcome? ReadOutcome(this JsonFields fields)
    {
        var (reason, comments) = (fields.Reason(), fields.Comments());
        return fields.Code<AppointmentOutcome>("outcome", required: true) is { } outcome ? new Command.RecordOutcome(outcome, reason, comments) : null;
    }

    public static string? Comments(this JsonFields fields, bool required = false) =>
        fields.Text("comments", CommandLimits.Comments, required, lines: true);

    /// <summary>The reason of a correction, as free text.</summary>
    public static string? Why(this JsonFields fields) => fields.Text("reason", CommandLimits.Comments, required: true, lines: true);

    /// <summary>The ids of files to add; empty when there are none.</summary>
    public static IReadOnlyList<string> Files(this JsonFields fields) => fields.Texts(
        "attachments", CommandLimits.Letters, 36, Identifiers.IsAttachmentId, "the id of an uploaded attachment") ?? [];

    /// <summary>A reason code. Only its form is checked here; the rules check its list and whether it is allowed.</summary>
    public static string? Reason(this JsonFields fields, bool required = false) =>
        fields.Text("reason", CommandLimits.Code, text => Identifiers.IsListCode(text), "a code such as PATIENT_ILL", required);
}
