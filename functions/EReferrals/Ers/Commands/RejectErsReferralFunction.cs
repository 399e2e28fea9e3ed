using System.Net;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Outcomes;
using EReferrals.Ers.Reading;
using EReferrals.Ers.Resources;
using EReferrals.Lifecycle.Commands;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Services;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Commands;

/// <summary>A014: the provider rejects a booked referral.</summary>
public sealed class RejectErsReferralFunction(ErsCommands commands, ErsReferrals referrals, ServiceDirectory services)
{
    private static readonly ErsNames Names = new(
        ("/reason", "rejectionReason"), ("/comments", "rejectionComments"), ("/cancelledInPas", "appointmentCancelledInPAS"));

    [Function(nameof(RejectErsReferralFunction))]
    [Ers("A014")]
    public Task<HttpResponseData> RejectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.rejectReferral")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) => commands.ExecuteAsync(
            request,
            ubrn,
            new ErsCommand(
                "eRS-RejectReferral-Parameters-1",
                Names,
                (parameters, _, token) => ReadAsync(parameters!, ubrn, token),
                (changed, referral, token) => referrals.RespondAsync(changed, HttpStatusCode.OK, referral, token)),
            cancellationToken);

    private async Task<Command?> ReadAsync(FhirParameters parameters, string ubrn, CancellationToken cancellationToken)
    {
        var reason = parameters.ServedCoding("rejectionReason", ReasonCodings.AppointmentCancellation, required: true);
        var comments = parameters.Text("rejectionComments", CommandLimits.Comments);
        var isCancelled = parameters.Flag("appointmentCancelledInPAS");
        if (reason is null || parameters.Errors.Any) return null;
        var referral = await referrals.FindAnyAsync(ubrn, cancellationToken);
        var service = referral is null ? null : await services.FindForAsync(referral.Service.Id, referral.Service.Provider, cancellationToken);
        return new Command.Reject(reason, comments) { Pas = new PasCancellation(isCancelled, service?.Bookable ?? Bookable.Unspecified) };
    }
}
