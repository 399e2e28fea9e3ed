using System.Net;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Outcomes;
using EReferrals.Ers.Reading;
using EReferrals.Referrals;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Commands;

/// <summary>A012: replaces the letters of the referrer.</summary>
public sealed class MaintainLetterFunction(ErsCommands commands, ErsReferrals referrals, DocumentReader documents)
{
    private static readonly DocumentParameter Letters = new("referralLetterFile", AttachmentType.Referrer, Required: true);

    private static readonly ErsNames Names = new(("/attachments", Letters.Name));

    [Function(nameof(MaintainLetterFunction))]
    [Ers("A012")]
    public Task<HttpResponseData> MaintainAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.maintainReferralLetter")]
        HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) => commands.ExecuteAsync(
            request,
            ubrn,
            new ErsCommand(
                "eRS-MaintainReferralLetter-Parameters-1",
                Names,
                async (parameters, sent, token) => await documents.ReadAsync(parameters!, Letters, ErsBase.Of(sent), token) is { } letters
                    ? new Command.ChangeLetters(letters) { AsErs = true }
                    : null,
                (changed, referral, token) => referrals.RespondAsync(changed, HttpStatusCode.OK, referral, token)),
            cancellationToken);
}
