using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers;

/// <summary>The address of this API. A client of NHS e-RS changes only the host name.</summary>
internal static class ErsBase
{
    public const string Path = "/referrals/FHIR";

    private const string R4Path = Path + "/R4/";

    /// <summary>The base of this API as the caller sees it, without a slash at the end.</summary>
    public static string Of(HttpRequestData request) => request.Url.GetLeftPart(UriPartial.Authority) + Path;

    public static bool Has(Uri url) => url.AbsolutePath.StartsWith(Path + "/", StringComparison.OrdinalIgnoreCase);

    public static bool IsR4(Uri url) => url.AbsolutePath.StartsWith(R4Path, StringComparison.OrdinalIgnoreCase);
}
