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

    public static Problem BadRequest(params IReadOnlyList<FieldError> errors) =>
        Unreadable("See 'errors' for everything that was found.") with { Errors = errors };

    public static Problem Unauthenticated(string detail) =>
        new(HttpStatusCode.Unauthorized, "unauthenticated", "No valid access token", detail);

    public static Problem Forbidden(string code, string detail) =>
        new(HttpStatusCode.Forbidden, "forbidden", "You may not do this", detail) { Errors = [new FieldError("", code, detail)] };

    public static Problem NotFound(string detail) => new(HttpStatusCode.NotFound, "not-found", "There is nothing here", detail);

    public static Problem Stale(string detail) => new(HttpStatusCode.Conflict, "stale", "It has changed since you read it", detail);

    public static Problem Conflict(string name, string title, string detail) => new(HttpStatusCode.Conflict, name, title, detail);

    public static Problem Gone(string detail) => new(HttpStatusCode.Gone, "gone", "The cursor is too old", detail);

    public static Problem TooLarge(long limit) =>
        new(HttpStatusCode.RequestEntityTooLarge, "too-large", "The body is too large", $"A body here has at most {limit} bytes.");

    public static Problem UnsupportedMediaType(string detail) =>
        new(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", "The content type is not taken here", detail);

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

/// <param name="Pointer">JSON Pointer (RFC 6901) into the body; for a header or a query value its name; empty for the whole request.</param>
/// <param name="Code">An e-RS error code: MISSING_VALUE, INVALID_VALUE, UNEXPECTED_FIELD...</param>
public sealed record FieldError(string Pointer, string Code, string Message);
