using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Http;

namespace EReferrals.Ers.Outcomes;

/// <summary>Writes a problem as an R4 OperationOutcome with one issue for every error.</summary>
internal static class R4Outcome
{
    private const string Http = "https://fhir.nhs.uk/CodeSystem/http-error-codes";
    private const string Api = "https://fhir.nhs.uk/CodeSystem/NHSD-API-ErrorOrWarningCode";
    private const string Ers = "https://fhir.nhs.uk/CodeSystem/ers-error-codes";

    public static WrittenProblem Write(Problem problem, DateTimeOffset now)
    {
        FieldError?[] errors = problem.Errors.Count > 0 ? [.. problem.Listed] : [null];
        if (problem.ErrorCount is { } count) errors = [.. errors, errors[0]! with { Message = Stu3Outcome.CountOf(count) }];
        var outcome = new JsonObject
        {
            ["resourceType"] = "OperationOutcome",
            ["meta"] = FhirNodes.UpdatedMeta(now),
            ["issue"] = new JsonArray([.. errors.Select(error => Issue(problem, error))]),
        };
        return new WrittenProblem(problem.Status, FhirNodes.ContentType, FhirNodes.Bytes(outcome));
    }

    private static JsonObject Issue(Problem problem, FieldError? error)
    {
        var (system, code, type) = CodeOf(problem.Status, error?.Code);
        var issue = new JsonObject
        {
            ["severity"] = "error",
            ["code"] = type,
            ["details"] = FhirNodes.Concept(FhirNodes.Coding(system, code)),
        };
        var diagnostics = error?.Message ?? (problem.Status == HttpStatusCode.ServiceUnavailable ? null : problem.Detail);
        if (diagnostics is not null) issue["diagnostics"] = diagnostics;
        return issue;
    }

    private static (string System, string Code, string Type) CodeOf(HttpStatusCode status, string? code) => (status, code) switch
    {
        (HttpStatusCode.Unauthorized, _) => (Api, "ACCESS_DENIED", "login"),
        (HttpStatusCode.Forbidden, "NO_ACCESS") => (Api, "ACCESS_DENIED", "forbidden"),
        (_, "NO_RELATIONSHIP") => (Ers, "NO_RELATIONSHIP", "forbidden"),
        (HttpStatusCode.Forbidden, _) => (Http, "REC_FORBIDDEN", "forbidden"),
        (HttpStatusCode.NotFound, _) => (Http, "REC_NOT_FOUND", "not-found"),
        (HttpStatusCode.NotAcceptable, _) => (Http, "REC_NOT_ACCEPTABLE", "not-supported"),
        (HttpStatusCode.UnsupportedMediaType, _) => (Http, "REC_UNSUPPORTED_MEDIA_TYPE", "not-supported"),
        (HttpStatusCode.MethodNotAllowed, _) => (Http, "REC_METHOD_NOT_ALLOWED", "not-supported"),
        (HttpStatusCode.TooManyRequests, _) => (Api, "TOO_MANY_REQUESTS", "throttled"),
        (HttpStatusCode.ServiceUnavailable, _) => (Http, "REC_UNAVAILABLE", "transient"),
        (HttpStatusCode.UnprocessableEntity, { } ers) => (Ers, ers, "invalid"),
        ( >= HttpStatusCode.InternalServerError, _) => (Http, "REC_SERVER_ERROR", "exception"),
        (_, "MISSING_HEADER" or "MISSING_VALUE" or "MISSING_PARAMETER") => (Http, "REC_BAD_REQUEST", "required"),
        _ => (Http, "REC_BAD_REQUEST", "invalid"),
    };
}
