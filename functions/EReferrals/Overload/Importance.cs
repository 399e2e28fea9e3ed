using EReferrals.Operations;
using EReferrals.Referrals.Values;

namespace EReferrals.Overload;

/// <summary>The importance of a request. Under overload the service sheds the first value first.</summary>
internal enum Importance
{
    /// <summary>Large, and not urgent: the sender can retry later.</summary>
    Upload,
    Browsing,
    Reading,
    Writing,

    /// <summary>A suspected cancer. The service must not delay it.</summary>
    UrgentWriting,
}
