using System.Net;
using System.Net.Sockets;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Security.Refusals;

/// <summary>
/// The address that a request comes from. The platform appends it to <c>X-Forwarded-For</c>, so only the last hop is trusted: what stands before it was sent
/// by the caller. Each own proxy in front of the service appends one hop more.
/// </summary>
internal static class SourceAddress
{
    public const string Unknown = "unknown";

    /// <param name="proxies">The number of own proxies: <c>Security__TrustedProxies</c>.</param>
    public static string Of(HttpRequestData request, int proxies) => Of(request.Header("X-Forwarded-For"), proxies);

    internal static string Of(string? forwarded, int proxies)
    {
        var hops = (forwarded ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return hops.Length > proxies && IPEndPoint.TryParse(hops[^(1 + proxies)], out var hop) ? TextOf(hop.Address) : Unknown;
    }

    // A subscriber has a whole /64 of IPv6.
    private static string TextOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4().ToString();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
