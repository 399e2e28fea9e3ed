using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Outcomes;
using EReferrals.Ers.Reading;
using EReferrals.Ers.Resources;
using EReferrals.Http;
using EReferrals.Lifecycle.Commands;
using EReferrals.Referrals;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Commands;

/// <summary>A036: ends a referral, and with it a booked appointment.</summary>
public sealed class CancelErsReferralFunction(ErsCommands commands, ErsReferrals referrals)
{
    private static readonly ErsNames Names = new(("/reason", "cancellationReason"), ("/comments", "cancellationComments"));

    [Function(nameof(CancelErsReferralFunction))]
    [Ers("A036")]
    public Task<HttpResponseData> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.cancelReferral")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) => commands.ExecuteAsync(
            request,
            ubrn,
            new ErsCommand("eRS-CancelReferral-Request-Parameters-1", Names, (parameters, _, _) => Task.FromResult<Command?>(Read(parameters!)), RespondAsync),
            cancellationToken);

    private static Command.Cancel? Read(FhirParameters parameters)
    {
        // One published example has the older name of the code system.
        var reason = parameters.Coding(
            "cancellationReason",
            url => ErsUrls.IsServed(url, ReasonCodings.ReferralCancellation) || ErsUrls.IsServed(url, "REQUEST-CANCELLATION-REASON"),
            required: true);
        var comments = parameters.Text("cancellationComments", CommandLimits.Comments);
        return reason is null || parameters.Errors.Any ? null : new Command.Cancel(reason, comments);
    }

    // The version is in the body, so there is no ETag. The appointment is present only when this request cancelled it.
    private async Task<HttpResponseData> RespondAsync(HttpRequestData request, Referral referral, CancellationToken cancellationToken)
    {
        var updated = new JsonArray(FhirNodes.Parameter("updatedReferralRequest", "resource",
            await referrals.WriteAsync(request, referral, cancellationToken)));
        if (referral.AppointmentRecord is { EndedWithReferral: true } record)
        {
            var appointment = AppointmentResource.From(referral, record, AppointmentId.Of(referral.Ubrn, record), ErsBase.Of(request));
            updated.Add((JsonNode)FhirNodes.Parameter("updatedAppointment", "resource", appointment));
        }

        var parameters = new JsonObject
        {
            ["meta"] = FhirNodes.Meta(ErsUrls.Profile("eRS-CancelReferral-Response-Parameters-1")),
            ["resourceType"] = "Parameters",
            ["parameter"] = updated,
        };
        return await request.RespondAsync(HttpStatusCode.OK, FhirNodes.ContentType, FhirNodes.Bytes(parameters), cancellationToken);
    }
}
