using EReferrals.Http.Requests;
using EReferrals.Referrals.Values;

namespace EReferrals.Lifecycle.Commands;

/// <summary>Reads the members that several commands share.</summary>
internal static class CommandFields
{
    public static string? Comments(this JsonFields fields) => fields.Text("comments", CommandLimits.Comments, lines: true);

    /// <summary>The reason of a correction, as free text.</summary>
    public static string? Why(this JsonFields fields) => fields.Text("reason", CommandLimits.Comments, required: true, lines: true);

    /// <summary>A reason code. Only its form is checked here; the rules check its list and whether it is allowed.</summary>
    public static string? Reason(this JsonFields fields, bool required = false) =>
        fields.Text("reason", CommandLimits.Code, text => Identifiers.IsListCode(text), "a code such as PATIENT_ILL", required);
}
