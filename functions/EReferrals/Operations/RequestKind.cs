namespace EReferrals.Operations;

/// <summary>What a request wants, as far as its method and path tell: enough to know what to turn away first, and what a mode forbids.</summary>
internal enum RequestKind
{
    /// <summary>Looking around: searches, counts, histories, pages.</summary>
    Browsing,

    /// <summary>Reading a worklist or what a referral consists of.</summary>
    Reading,

    Submitting,
    Uploading,
    Booking,

    /// <summary>Any other write.</summary>
    Changing,

    /// <summary>What operators do is never turned away.</summary>
    Operating,
}

internal static class RequestKinds
{
    public static RequestKind From(string method, string path)
    {
        // Routes match in any case. The e-RS API names its operations in mixed case, and is not below this.
        if (path.StartsWith("/v1/", StringComparison.OrdinalIgnoreCase)) path = path.ToLowerInvariant();
        return method is "GET" or "HEAD" ? OfRead(path) : OfWrite(path);
    }

    private static RequestKind OfRead(string path)
    {
        if (IsOperating(path)) return RequestKind.Operating;
        return path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["v1", "worklists", _] or ["v1", "worklists", _, "changes"] => RequestKind.Reading,
            ["v1", "referrals", _] or ["v1", "attachments", ..] => RequestKind.Reading,
            [.., "ReferralRequest" or "CommunicationRequest" or "Binary", _] => RequestKind.Reading,
            _ => RequestKind.Browsing,
        };
    }

    // The e-RS API reads some things by POST.
    private static RequestKind OfWrite(string path)
    {
        if (IsOperating(path)) return RequestKind.Operating;
        return path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["v1", "referrals"] or [.., "ReferralRequest", "$ers.createReferral" or "$ers.createReferralAndSendForTriage"] => RequestKind.Submitting,
            ["v1", "attachments"] or [.., "Binary"] => RequestKind.Uploading,
            ["v1", "referrals", _, "book"] or [.., "Appointment"] => RequestKind.Booking,
            [.., "$ers.fetchworklist"] => RequestKind.Reading,
            [.., "$ers.searchHealthcareServicesForPatient"] => RequestKind.Browsing,
            [.., "$ers.generateCRI" or "$ers.generatePatientLetter"] => RequestKind.Reading,
            _ => RequestKind.Changing,
        };
    }

    private static bool IsOperating(string path) => path.StartsWith("/v1/operations/", StringComparison.Ordinal);
}
