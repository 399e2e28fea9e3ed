using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers;

/// <summary>The address of this API. A client of NHS e-RS changes only the host name.</summary>
internal static class ErsBase
{
    public const string Path = "/referrals/FHIR";

    private const string R4Path = Path + "/R4/";

    private const string Item = "ereferrals:public-address";

    /// <summary>
    /// The base of this API as callers see it, without a slash at the end. Without the setting, it has the host to which the request was sent, which in Azure
    /// can only be a host name of the app: a forwarded host, which anyone can write, is never used.
    /// </summary>
    public static string Of(HttpRequestData request) =>
        (request.FunctionContext.Items.TryGetValue(Item, out var address) ? (string)address : request.Url.GetLeftPart(UriPartial.Authority)) + Path;

    internal static void SetPublicAddress(FunctionContext context, Uri address) => context.Items[Item] = address.GetLeftPart(UriPartial.Authority);

    public static bool Has(Uri url) => url.AbsolutePath.StartsWith(Path + "/", StringComparison.OrdinalIgnoreCase);

    public static bool IsR4(Uri url) => url.AbsolutePath.StartsWith(R4Path, StringComparison.OrdinalIgnoreCase);
}
