using System.Net;
using EReferrals.Http;

namespace EReferrals.Ers.Outcomes;

/// <summary>One row of the table from our problems to the codes of e-RS.</summary>
/// <param name="Code">The e-RS error code.</param>
/// <param name="Type">The FHIR issue type.</param>
/// <param name="Display">Null where e-RS shows none.</param>
internal sealed record OutcomeCode(string Code, string Type, string? Display = null)
{
    private static readonly Dictionary<string, OutcomeCode> ByCode = new OutcomeCode[]
    {
        new("UNEXPECTED_FIELD", "value", "Unexpected field"),
        new("MISSING_VALUE", "required", "A mandatory input field is missing"),
        new("VALUE_IS_REQUIRED", "required", "Value is required"),
        new("MISSING_HEADER", "required"),
        new("MISSING_PARAMETER", "required", "Missing parameter"),
        new("INVALID_VALUE", "value", "Invalid value"),
        new("INVALID_CODE", "code-invalid", "Invalid code"),
        new("REFERENCE_NOT_FOUND", "not-found", "Reference not found"),
        new("NO_RELATIONSHIP", "forbidden", "No legitimate relationship"),
        new("INVALID_FHIR_STRUCTURE", "business-rule", "Invalid FHIR structure"),
        new("FORBIDDEN", "forbidden", "Forbidden"),
        new("NO_ACCESS", "forbidden"),
        new("DUPLICATE_SERVICE", "business-rule"),
        new("INAPPROPRIATE_VALUE", "business-rule", "Inappropriate value"),
        new("SYSTEM_UNAVAILABLE", "transient", "System Unavailable"),
        new("TOO_MANY_REQUESTS", "throttled", "Too many requests"),
        new("METHOD_NOT_ALLOWED", "not-supported", "Method not allowed"),
        new("SERVER_ERROR", "exception", "Server error"),
    }.ToDictionary(row => row.Code, StringComparer.Ordinal);

    /// <summary>The row of an e-RS error code. Codes without a row of their own report business rules.</summary>
    public static OutcomeCode Of(string code) => ByCode.GetValueOrDefault(code) ?? new OutcomeCode(code, "business-rule", Words(code));

    /// <summary>The row of a problem that lists no errors.</summary>
    public static OutcomeCode Of(Problem problem) => problem.Status switch
    {
        HttpStatusCode.Unauthorized => Of("NO_ACCESS") with { Type = "login" },
        HttpStatusCode.Forbidden => Of("FORBIDDEN"),
        HttpStatusCode.NotFound => Of("REFERENCE_NOT_FOUND"),
        HttpStatusCode.MethodNotAllowed => Of("METHOD_NOT_ALLOWED"),
        HttpStatusCode.Conflict or HttpStatusCode.Locked => Of("CONFLICTING_VALUES"),
        HttpStatusCode.PreconditionRequired => Of("MISSING_HEADER"),
        HttpStatusCode.TooManyRequests => Of("TOO_MANY_REQUESTS"),
        HttpStatusCode.ServiceUnavailable => Of("SYSTEM_UNAVAILABLE"),
        HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge => Of("INVALID_FHIR_STRUCTURE"),
        >= HttpStatusCode.InternalServerError => Of("SERVER_ERROR"),
        _ => Of("INVALID_VALUE"),
    };

    // DUPLICATE_FILENAME: "Duplicate filename".
    private static string Words(string code)
    {
        var words = code.Replace('_', ' ').ToLowerInvariant();
        return char.ToUpperInvariant(words[0]) + words[1..];
    }
}
