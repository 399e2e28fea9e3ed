using EReferrals.Http.Requests;
using EReferrals.Referrals.Values;

namespace EReferrals.Lifecycle.Commands;

/// <summary>Members that several commands have.</summary>
internal static class CommandFields
{
    public static string? Comments(this JsonFields fields) => fields.Text("comments", CommandLimits.Comments, lines: true);

    /// <summary>Free text: why something is put right.</summary>
    public static string? Why(this JsonFields fields) => fields.Text("reason", CommandLimits.Comments, required: true, lines: true);

    /// <summary>A code of a list of reasons; which list, and whether it may be given here, is for the rules to say.</summary>
    public static string? Reason(this JsonFields fields, bool required = false) =>
        fields.Text("reason", CommandLimits.Code, text => Identifiers.IsListCode(text), "a code such as PATIENT_ILL", required);
}
