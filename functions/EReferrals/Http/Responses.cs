using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>Creates responses. <see cref="HttpMiddleware"/> adds the headers that every response has.</summary>
public static class Responses
{
    public const string Json = "application/json; charset=utf-8";

    public static HttpResponseData Respond(this HttpRequestData request, HttpStatusCode status) => request.CreateResponse(status);

    public static async Task<HttpResponseData> RespondAsync<T>(
        this HttpRequestData request, HttpStatusCode status, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken = default) =>
        await request.RespondAsync(status, Json, JsonSerializer.SerializeToUtf8Bytes(value, type), cancellationToken);

    public static async Task<HttpResponseData> RespondAsync(
        this HttpRequestData request, HttpStatusCode status, string contentType, byte[] body, CancellationToken cancellationToken = default)
    {
        var response = request.CreateResponse(status);
        response.Headers.Add("Content-Type", contentType);
        await response.WriteBytesAsync(body, cancellationToken);
        return response;
    }

    public static async Task<HttpResponseData> RespondAsync(this HttpRequestData request, Problem problem, CancellationToken cancellationToken = default)
    {
        var written = request.FunctionContext.ProblemFormat()?.Invoke(problem) ?? Write(problem, request.FunctionContext.CorrelationId());
        var response = await request.RespondAsync(written.Status, written.ContentType, written.Body, cancellationToken);
        if (problem.RetryAfter is { } after) response.Headers.Add("Retry-After", WholeSeconds(after));
        if (problem.Status == HttpStatusCode.Unauthorized) response.Headers.Add("WWW-Authenticate", "Bearer error=\"invalid_token\"");
        return response;
    }

    private static WrittenProblem Write(Problem problem, string correlationId)
    {
        var body = new ProblemBody(
            $"urn:ereferrals:problem:{problem.Name}",
            problem.Title,
            (int)problem.Status,
            problem.Detail,
            correlationId,
            problem.Errors.Count == 0 ? null : problem.Listed,
            problem.ErrorCount);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, HttpJson.Default.ProblemBody);
        return new WrittenProblem(problem.Status, "application/problem+json; charset=utf-8", bytes);
    }

    public static HttpResponseData WithHeader(this HttpResponseData response, string name, string value)
    {
        response.Headers.Remove(name);
        response.Headers.Add(name, value);
        return response;
    }

    /// <summary>Keeps the content of a download from running as a page of this site, and other sites from loading it.</summary>
    public static HttpResponseData AsDownload(this HttpResponseData response) => response
        .WithHeader("Content-Security-Policy", "sandbox")
        .WithHeader("Cross-Origin-Resource-Policy", "same-origin");

    private static string WholeSeconds(TimeSpan span) => Math.Max(1, Math.Ceiling(span.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}

/// <summary>The JSON form of a <see cref="Problem"/>.</summary>
/// <param name="ErrorCount">The number of all errors when not all are listed; else null.</param>
internal sealed record ProblemBody(
    string Type, string Title, int Status, string Detail, string CorrelationId, IReadOnlyList<FieldError>? Errors, int? ErrorCount);

/// <summary>Writes a problem in the format of one API. Without one, problems are written as RFC 9457 describes.</summary>
public delegate WrittenProblem ProblemFormat(Problem problem);

public static class ProblemFormatExtensions
{
    private const string Item = "ereferrals:problem-format";

    /// <summary>Sets the format of every problem of this request. Call it before any other middleware can respond.</summary>
    public static void SetProblemFormat(this FunctionContext context, ProblemFormat format) => context.Items[Item] = format;

    internal static ProblemFormat? ProblemFormat(this FunctionContext context) =>
        context.Items.TryGetValue(Item, out var format) ? (ProblemFormat)format : null;
}
