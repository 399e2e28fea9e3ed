using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Http;

namespace EReferrals.Ers.Outcomes;

/// <summary>Writes a problem as an STU3 OperationOutcome with one issue for every error.</summary>
internal static class Stu3Outcome
{
    public static WrittenProblem Write(Problem problem, Uri url)
    {
        var status = StatusOf(problem, url);
        var issues = problem.Errors.Count > 0
            ? problem.Listed.Select(error => Issue(OutcomeCode.Of(error.Code), error.Message))
            : [Issue(CodeOf(problem, status), DiagnosticsOf(problem))];
        if (problem.ErrorCount is { } count) issues = issues.Append(Issue(OutcomeCode.Of(problem.Errors[0].Code), CountOf(count)));
        var outcome = new JsonObject
        {
            ["meta"] = FhirNodes.Meta(ErsUrls.Profile("eRS-OperationOutcome-1")),
            ["resourceType"] = "OperationOutcome",
            ["issue"] = new JsonArray([.. issues]),
        };
        return new WrittenProblem(status, FhirNodes.ContentType, FhirNodes.Bytes(outcome));
    }

    // e-RS answers 412 where RFC 6585 has 428, and reports a file that is too big as an error in the request.
    private static HttpStatusCode StatusOf(Problem problem, Uri url) => problem.Status switch
    {
        HttpStatusCode.PreconditionRequired => HttpStatusCode.PreconditionFailed,
        HttpStatusCode.RequestEntityTooLarge when IsUpload(url) => HttpStatusCode.UnprocessableEntity,
        var status => status,
    };

    private static OutcomeCode CodeOf(Problem problem, HttpStatusCode status) =>
        status == HttpStatusCode.UnprocessableEntity && problem.Status == HttpStatusCode.RequestEntityTooLarge
            ? OutcomeCode.Of("FILE_SIZE_ERROR")
            : OutcomeCode.Of(problem);

    private static string? DiagnosticsOf(Problem problem) => problem.Status switch
    {
        HttpStatusCode.ServiceUnavailable => null,
        HttpStatusCode.PreconditionRequired => "Missing or Empty If-Match header.",
        _ => problem.Detail,
    };

    /// <summary>The last issue of an outcome that does not list every error.</summary>
    internal static string CountOf(int errors) =>
        string.Create(CultureInfo.InvariantCulture, $"The request has {errors} errors. Only the first {Problem.MostListed} are listed.");

    private static bool IsUpload(Uri url) => url.AbsolutePath.TrimEnd('/').EndsWith("/Binary", StringComparison.OrdinalIgnoreCase);

    private static JsonObject Issue(OutcomeCode code, string? diagnostics)
    {
        var coding = FhirNodes.Coding(ErsUrls.CodeSystem("eRS-APIErrorCode-1"), code.Code, code.Display);
        var issue = new JsonObject
        {
            ["severity"] = "error",
            ["code"] = code.Type,
            ["details"] = FhirNodes.Concept(coding),
        };
        if (diagnostics is not null) issue["diagnostics"] = diagnostics;
        return issue;
    }
}
