using System.Net;

namespace EReferrals.Http;

/// <summary>An error response of RFC 9457. Contains neither patient data nor a stack trace.</summary>
/// <param name="Name">The last part of the type, <c>urn:ereferrals:problem:{name}</c>.</param>
/// <param name="Detail">What is wrong, and what the caller can do about it.</param>
public sealed record Problem(HttpStatusCode Status, string Name, string Title, string Detail)
{
    internal const int MostListed = 100;

    /// <summary>Every error in the request, not only the first.</summary>
    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    /// <summary>The errors that a response lists. A body can have tens of thousands; nobody reads more than these.</summary>
    internal IReadOnlyList<FieldError> Listed => Errors.Count <= MostListed ? Errors : [.. Errors.Take(MostListed)];

    /// <summary>The number of all errors when a response does not list all of them; else null.</summary>
    internal int? ErrorCount => Errors.Count <= MostListed ? null : Errors.Count;

    public TimeSpan? RetryAfter { get; init; }

    public static Problem Unreadable(string detail) => new(HttpStatusCode.BadRequest, "unreadable", "The request is not readable", detail);

    public static Problem CutShort(int announced, int received) => Unreadable(
        $"The body is incomplete: Content-Length is {announced} bytes and {received} bytes arrived. Nothing was stored. "
        + "Retry the same request with the same Idempotency-Key.");

    public static Problem BadRequest(params IReadOnlyList<FieldError> errors) =>
        Unreadable("'errors' lists every error in the request.") with { Errors = errors };

    public static Problem Unauthenticated(string detail) =>
        new(HttpStatusCode.Unauthorized, "unauthenticated", "No valid access token", detail);

    /// <param name="header">The header that names the caller and so causes the refusal.</param>
    public static Problem Forbidden(string code, string detail, string header) =>
        new(HttpStatusCode.Forbidden, "forbidden", "You are not permitted to do this", detail) { Errors = [FieldError.OfHeader(header, code, detail)] };

    public static Problem NotFound(string detail) => new(HttpStatusCode.NotFound, "not-found", "Not found", detail);

    public static Problem Stale(string detail) => new(HttpStatusCode.Conflict, "stale", "The resource has changed since you read it", detail);

    public static Problem Conflict(string name, string title, string detail) => new(HttpStatusCode.Conflict, name, title, detail);

    public static Problem Gone(string detail) => new(HttpStatusCode.Gone, "gone", "The cursor is too old", detail);

    /// <summary>The resource existed and was deleted. Only for callers who may know that it existed.</summary>
    public static Problem Deleted(string detail) => new(HttpStatusCode.Gone, "deleted", "The resource was deleted", detail);

    public static Problem TooLarge(long limit) =>
        new(HttpStatusCode.RequestEntityTooLarge, "too-large", "The body is too large", $"The body must be at most {limit} bytes.");

    public static Problem UnsupportedMediaType(string detail) =>
        new(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", "The content type is not supported", detail);

    public static Problem UnsupportedEncoding() => UnsupportedMediaType("Send the body without compression: Content-Encoding is not supported.") with
    {
        Errors = [FieldError.OfHeader("Content-Encoding", "INVALID_VALUE", "Content-Encoding is not supported.")],
    };

    public static Problem LengthRequired() => new(
        HttpStatusCode.LengthRequired,
        "length-required",
        "Content-Length is missing",
        "Send the body with Content-Length. A chunked body (Transfer-Encoding: chunked) does not reach this service. Many clients send chunks unless you "
        + "buffer the body first.")
    {
        Errors = [FieldError.OfHeader("Content-Length", "MISSING_HEADER", "Content-Length is missing.")],
    };

    public static Problem MethodNotAllowed(string allowed) =>
        new(HttpStatusCode.MethodNotAllowed, "method-not-allowed", "The address does not support this method", $"Supported methods: {allowed}.");

    public static Problem NoAcceptableForm(IEnumerable<string> offered) => new(
        HttpStatusCode.NotAcceptable, "no-acceptable-form", "No acceptable format", $"The available formats are {string.Join(", ", offered)}.")
    {
        Errors = [FieldError.OfHeader("Accept", "INVALID_VALUE", "Accept names none of the available formats.")],
    };

    public static Problem NotAcceptable(params IReadOnlyList<FieldError> errors) =>
        new(HttpStatusCode.UnprocessableEntity, "not-acceptable", "The request is not acceptable", "'errors' lists every error in the request.")
        {
            Errors = errors,
        };

    public static Problem PreconditionRequired() => new(
        HttpStatusCode.PreconditionRequired,
        "if-match-required",
        "If-Match is missing",
        "Read the resource, then send its ETag as If-Match.");

    public static Problem Unavailable(string detail, TimeSpan retryAfter) =>
        new(HttpStatusCode.ServiceUnavailable, "unavailable", "The service is temporarily unavailable", detail) { RetryAfter = retryAfter };

    public static Problem TooManyRequests(string detail, TimeSpan retryAfter) =>
        new(HttpStatusCode.TooManyRequests, "too-many-requests", "Too many requests", detail) { RetryAfter = retryAfter };

    public static Problem Unexpected() => new(
        HttpStatusCode.InternalServerError,
        "unexpected",
        "Unexpected error",
        "The service failed; your request is not the cause. Retry it. If the error persists, report it with the correlation id.");
}

/// <summary>One error and its place: exactly one of the pointer into the body, the header, and the parameter of the query or the path.</summary>
/// <param name="Pointer">JSON Pointer (RFC 6901) into the body; empty for the whole body; null for another place.</param>
/// <param name="Code">An e-RS error code: MISSING_VALUE, INVALID_VALUE, UNEXPECTED_FIELD...</param>
public sealed record FieldError(string? Pointer, string Code, string Message)
{
    public string? Header { get; private init; }

    public string? Parameter { get; private init; }

    public static FieldError OfHeader(string name, string code, string message) => new(null, code, message) { Header = name };

    public static FieldError OfParameter(string name, string code, string message) => new(null, code, message) { Parameter = name };
}
