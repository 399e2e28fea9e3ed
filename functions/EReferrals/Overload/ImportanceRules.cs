using EReferrals.Operations;
using EReferrals.Referrals.Values;

namespace EReferrals.Overload;

internal static class ImportanceRules
{
    /// <summary>The importance of a request before its body is read. A submission counts as urgent, because only the body says whether it is.</summary>
    public static Importance From(RequestKind kind) => kind switch
    {
        RequestKind.Browsing => Importance.Browsing,
        RequestKind.Reading => Importance.Reading,
        RequestKind.Uploading => Importance.Upload,
        RequestKind.Submitting => Importance.UrgentWriting,
        _ => Importance.Writing,
    };

    public static Importance OfSubmission(Priority priority) => priority == Priority.TwoWeekWait ? Importance.UrgentWriting : Importance.Writing;
}
