using EReferrals.Operations;
using EReferrals.Referrals.Values;

namespace EReferrals.Overload;

/// <summary>What is turned away when there is too much: the first named first.</summary>
internal enum Importance
{
    /// <summary>Large, and can be sent later.</summary>
    Upload,
    Browsing,
    Reading,
    Writing,

    /// <summary>A suspected cancer; nothing of ours may make it wait.</summary>
    UrgentWriting,
}

internal static class ImportanceRules
{
    /// <summary>Whether a submission is urgent stands in its body: until that is read it counts as urgent.</summary>
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
