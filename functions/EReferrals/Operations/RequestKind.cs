namespace EReferrals.Operations;

/// <summary>The kind of a request, by its method and path. Decides the order of shedding and what an operating mode refuses.</summary>
internal enum RequestKind
{
    /// <summary>Searches, counts, histories, pages.</summary>
    Browsing,

    /// <summary>Reading a worklist, a referral or an attachment.</summary>
    Reading,

    Submitting,
    Uploading,
    Booking,

    /// <summary>Any other write.</summary>
    Changing,

    /// <summary>Requests of operators. Never shed.</summary>
    Operating,
}
