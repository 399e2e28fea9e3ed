using System.Net;

namespace EReferrals.Http;

/// <summary>What went wrong, as RFC 9457 says it. Never holds patient data or a stack trace.</summary>
/// <param name="Name">The tail of <c>urn:ereferrals:problem:{name}</c>.</param>
/// <param name="Detail">What the caller can do about it.</param>
public sealed record Problem(HttpStatusCode Status, string Name, string Title, string Detail)
{
    /// <summary>Every single thing that is wrong with the request, not only the first.</summary>
    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    public TimeSpan? RetryAfter { get; init; }

    public static Problem Unreadable(string detail) => new(HttpStatusCode.BadRequest, "unreadable", "The request could not be read", detail);

    public static Problem CutShort(int announced, int came) => Unreadable(
        $"The body was cut short: {announced} bytes were announced and {came} came. Nothing was kept of it. Send the same request again, with the same Idempotency-Key.");

    public static Problem BadRequest(params IReadOnlyList<FieldError> errors) =>
        Unreadable("See 'errors' for everything that was found.") with { Errors = errors };

    public static Problem Unauthenticated(string detail) =>
        new(HttpStatusCode.Unauthorized, "unauthenticated", "No valid access token", detail);

    /// <param name="header">What says who asks, and so is in the way.</param>
    public static Problem Forbidden(string code, string detail, string header = "Authorization") =>
        new(HttpStatusCode.Forbidden, "forbidden", "You may not do this", detail) { Errors = [FieldError.OfHeader(header, code, detail)] };

    public static Problem NotFound(string detail) => new(HttpStatusCode.NotFound, "not-found", "There is nothing here", detail);

    public static Problem Stale(string detail) => new(HttpStatusCode.Conflict, "stale", "It has changed since you read it", detail);

    public static Problem Conflict(string name, string title, string detail) => new(HttpStatusCode.Conflict, name, title, detail);

    public static Problem Gone(string detail) => new(HttpStatusCode.Gone, "gone", "The cursor is too old", detail);

    public static Problem TooLarge(long limit) =>
        new(HttpStatusCode.RequestEntityTooLarge, "too-large", "The body is too large", $"A body here has at most {limit} bytes.");

    public static Problem UnsupportedMediaType(string detail) =>
        new(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", "The content type is not taken here", detail);

    public static Problem UnsupportedEncoding() => UnsupportedMediaType("Send the body as it is: no Content-Encoding is taken here.") with
    {
        Errors = [FieldError.OfHeader("Content-Encoding", "INVALID_VALUE", "A compressed body is not read.")],
    };

    public static Problem LengthRequired() => new(
        HttpStatusCode.LengthRequired,
        "length-required",
        "The length of the body is missing",
        "Send the body with Content-Length and in one piece. One that is sent in pieces (Transfer-Encoding: chunked) does not arrive; many clients send so unless the body is buffered first.")
    {
        Errors = [FieldError.OfHeader("Content-Length", "MISSING_HEADER", "Content-Length is missing.")],
    };

    public static Problem MethodNotAllowed(string allowed) =>
        new(HttpStatusCode.MethodNotAllowed, "method-not-allowed", "The address does not take this method", $"It takes {allowed}.");

    public static Problem NoAcceptableForm(IEnumerable<string> offered) => new(
        HttpStatusCode.NotAcceptable, "no-acceptable-form", "There is no form that you accept", $"The forms are {string.Join(", ", offered)}.")
    {
        Errors = [FieldError.OfHeader("Accept", "INVALID_VALUE", "Accept names none of the forms that there are.")],
    };

    public static Problem NotAcceptable(params IReadOnlyList<FieldError> errors) =>
        new(HttpStatusCode.UnprocessableEntity, "not-acceptable", "The request was understood and cannot be accepted", "See 'errors' for everything that was found.")
        {
            Errors = errors,
        };

    public static Problem PreconditionRequired() => new(
        HttpStatusCode.PreconditionRequired,
        "if-match-required",
        "If-Match is missing",
        "Read the resource and send its ETag as If-Match.");

    public static Problem Unavailable(string detail, TimeSpan retryAfter) =>
        new(HttpStatusCode.ServiceUnavailable, "unavailable", "The service cannot do this just now", detail) { RetryAfter = retryAfter };

    public static Problem Unexpected() => new(
        HttpStatusCode.InternalServerError,
        "unexpected",
        "Something broke",
        "It was not your request's fault. Try again, and quote the correlation id if it stays.");
}

/// <summary>One thing that is wrong, and where: in the body, a header, or a parameter of the query or the path. Exactly one of the three is named.</summary>
/// <param name="Pointer">JSON Pointer (RFC 6901) into the body; empty for the whole of it.</param>
/// <param name="Code">An e-RS error code: MISSING_VALUE, INVALID_VALUE, UNEXPECTED_FIELD...</param>
public sealed record FieldError(string? Pointer, string Code, string Message)
{
    public string? Header { get; private init; }

    public string? Parameter { get; private init; }

    public static FieldError OfHeader(string name, string code, string message) => new(null, code, message) { Header = name };

    public static FieldError OfParameter(string name, string code, string message) => new(null, code, message) { Parameter = name };
}
