namespace EReferrals.Operations;

internal static class RequestKinds
{
    public static RequestKind From(string method, string path)
    {
        // Routes are not case-sensitive. The e-RS API is not under /v1/ and names its operations in mixed case.
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

    // The e-RS API uses POST for some reads.
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
