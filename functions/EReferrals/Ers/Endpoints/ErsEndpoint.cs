using EReferrals.Referrals.Organisations;

namespace EReferrals.Ers.Endpoints;

/// <summary>One operation of the e-RS API.</summary>
/// <param name="Id">The number of NHS e-RS, such as A005.</param>
/// <param name="Paths">The routes. The first is the main one; the others read a version.</param>
public sealed record ErsEndpoint(string Id, string Method, params IReadOnlyList<string> Paths)
{
    public required IReadOnlyList<Role> Roles { get; init; }

    public bool NeedsIfMatch { get; init; }

    /// <summary>Whether the response has an <c>ETag</c>.</summary>
    public bool HasTag { get; init; }

    /// <summary>The media type of the request body; null when there is none.</summary>
    public string? Body { get; init; }

    /// <summary>Whether the response is FHIR JSON, which the caller must then accept. A file is not.</summary>
    public bool WritesFhir { get; init; } = true;

    /// <summary>The status of success.</summary>
    public int Success { get; init; } = 200;

    /// <summary>The refusals that the operation declares besides 401, 403, 429, 500 and 503.</summary>
    public required IReadOnlyList<int> Refusals { get; init; }

    /// <summary>The error codes that the operation sends. Structural codes are the same everywhere.</summary>
    public IReadOnlyList<string> Codes { get; init; } = [];

    /// <summary>
    /// The error codes that NHS e-RS declares and this service never sends, because it has no demographics, user or organisation directory, or PAS.
    /// </summary>
    public IReadOnlyList<string> NeverSent { get; init; } = [];

    /// <summary>R4 operations write R4 outcomes.</summary>
    public bool IsR4 => Paths[0].StartsWith("R4/", StringComparison.Ordinal);
}
