using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Audit;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Reading;
using EReferrals.Ers.Resources;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.R4;

/// <summary>A041: finds what has a UBRN. A stranger finds nothing.</summary>
public sealed class SearchServiceRequestsFunction(ErsReferrals referrals, AuditTrail audit, TimeProvider clock)
{
    [Function(nameof(SearchServiceRequestsFunction))]
    [ReadsQuery]
    [Ers("A041")]
    public async Task<HttpResponseData> SearchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/R4/ServiceRequest")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var query = new ErsQuery(request);
        var identifier = query.Text("identifier", text => UbrnIn(text) is not null, required: true);
        if (query.Problem() is { } bad) return await request.RespondAsync(bad, cancellationToken);

        var referral = (await referrals.SearchAsync(request, UbrnIn(identifier!)!, cancellationToken)).Read?.View;
        if (referral is not null)
        {
            await audit.WriteAsync(context.Audited(AuditedAction.ReferralRead) with { Ubrn = referral.Ubrn, Version = referral.Version }, cancellationToken);
        }

        var bundle = R4Bundle.From(request, referral is null ? [] : [Resource(referral)], clock.GetUtcNow());
        return await request.RespondAsync(HttpStatusCode.OK, FhirNodes.ContentType, FhirNodes.Bytes(bundle), cancellationToken);
    }

    // "https://fhir.nhs.uk/Id/UBRN|000000070000", or the number alone.
    private static string? UbrnIn(string identifier)
    {
        var bar = identifier.IndexOf('|', StringComparison.Ordinal);
        if (bar >= 0 && identifier[..bar] != ErsUrls.Ubrn) return null;
        var number = identifier[(bar + 1)..];
        return Ubrn.TryParse(number, out _) ? number : null;
    }

    private static JsonObject Resource(Referral referral) => new()
    {
        ["id"] = ReferralRequestResource.RequestId(referral.Ubrn),
        ["meta"] = new JsonObject { ["versionId"] = FhirNodes.Number(referral.Version) },
        ["resourceType"] = "ServiceRequest",
        ["identifier"] = new JsonArray(FhirNodes.Identifier(ErsUrls.Ubrn, referral.Ubrn.ToString())),
        ["status"] = referral.Status switch
        {
            ReferralStatus.Active => "active",
            ReferralStatus.Completed => "completed",
            _ => "revoked",
        },
        ["intent"] = "order",
        ["category"] = new JsonArray(FhirNodes.Concept(FhirNodes.Coding(ErsUrls.CodeSystemR4("message-category-servicerequest"), "referral"))),
        ["subject"] = FhirNodes.Logical(ErsUrls.NhsNumberR4, referral.Patient.NhsNumber.Reveal()),
    };
}
