using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Contingency.PaperReports;

/// <summary>What a hospital can do on paper. The codes are the paths of the commands.</summary>
[JsonConverter(typeof(CodeConverter<PaperAction>))]
internal enum PaperAction
{
    Accept,
    Return,
    Reject,
    Book,
    AppointmentCancel,
    AppointmentOutcome,
    Cancel,
}
