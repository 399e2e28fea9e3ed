using System.Net;
using System.Text;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Page;

/// <summary><c>GET /.well-known/security.txt</c>: whom to tell about a weakness of this service (RFC 9116); 404 when the settings do not say.</summary>
public sealed class GetSecurityTextFunction(Settings settings)
{
    [Function(nameof(GetSecurityTextFunction))]
    [Anonymous]
    public Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = ".well-known/security.txt")] HttpRequestData request,
        CancellationToken cancellationToken) => settings.SecurityContact is { } contact
        ? request.RespondAsync(HttpStatusCode.OK, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(TextOf(contact)), cancellationToken)
        : request.RespondAsync(Problem.NotFound("The operators have not said whom to tell."), cancellationToken);

    private static string TextOf(SecurityContact contact) =>
        $"Contact: {contact.Address.AbsoluteUri}\nExpires: {InstantConverter.TextOf(contact.Expires)}\nPreferred-Languages: en\n";
}
