using System.Net;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Outcomes;
using EReferrals.Ers.Reading;
using EReferrals.Referrals;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Commands;

/// <summary>A013: the provider accepts a booked referral.</summary>
public sealed class AcceptErsReferralFunction(ErsCommands commands, ErsReferrals referrals)
{
    [Function(nameof(AcceptErsReferralFunction))]
    [Ers("A013")]
    public Task<HttpResponseData> AcceptAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.acceptReferral")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) => commands.ExecuteAsync(
            request,
            ubrn,
            new ErsCommand(
                Profile: null,
                ErsNames.None,
                (_, _, _) => Task.FromResult<Command?>(new Command.Accept { Only = ReviewKind.Appointment }),
                (changed, referral, token) => referrals.RespondAsync(changed, HttpStatusCode.OK, referral, token)),
            cancellationToken);
}
