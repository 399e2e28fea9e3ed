using System.Web;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers;

/// <summary>The query parameter <c>_format</c>, with which some FHIR clients ask for JSON besides <c>Accept</c>.</summary>
internal static class FormatParameter
{
    public const string Name = "_format";

    /// <summary>The problem (406) when the request asks for another format than JSON; else null.</summary>
    public static Problem? Refuse(HttpRequestData request)
    {
        if (request.Url.Query.Length <= 1 || (HttpUtility.ParseQueryString(request.Url.Query).GetValues(Name) ?? []).All(IsJson)) return null;
        var error = FieldError.OfParameter(Name, "INVALID_VALUE", $"'{Name}' names none of the available formats.");
        return Problem.NoAcceptableForm([FhirNodes.MediaType]) with { Errors = [error] };
    }

    // A plus sign that is not encoded means a space.
    private static bool IsJson(string format) => format.Replace(' ', '+').ToLowerInvariant() is "json" or "application/json" or FhirNodes.MediaType;
}
