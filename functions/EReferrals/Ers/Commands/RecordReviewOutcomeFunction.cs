using System.Net;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Outcomes;
using EReferrals.Ers.Reading;
using EReferrals.Lifecycle.Commands;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Commands;

/// <summary>A028: the provider records the outcome of a triage.</summary>
public sealed class RecordReviewOutcomeFunction(ErsCommands commands, ErsReferrals referrals, DocumentReader documents)
{
    private const string AcceptAndBookLater = "ACCEPT_REFER_BOOK_LATER";
    private const string ReturnWithAdvice = "RETURN_TO_REFERRER_WITH_ADVICE";

    private static readonly string[] OfOtherOperations = ["CANCEL_APPOINTMENT_ACTION_LATER", "PROVIDER_CONVERTED_ADVICE_AND_GUIDANCE_ADMIN_TO_REFER"];

    private static readonly DocumentParameter Files = new("reviewAttachmentFile", AttachmentType.Provider, Required: false);

    private static readonly ErsNames Names = new(("/comments", "reviewComments"), ("/priority", "reviewPriority"), ("/attachments", Files.Name));

    [Function(nameof(RecordReviewOutcomeFunction))]
    [Ers("A028")]
    public Task<HttpResponseData> RecordAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.recordReviewOutcome")]
        HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) => commands.ExecuteAsync(
            request,
            ubrn,
            new ErsCommand(
                "eRS-RecordReviewOutcome-Parameters-1",
                Names,
                (parameters, sent, token) => ReadAsync(parameters!, ErsBase.Of(sent), token),
                (changed, referral, token) => referrals.RespondAsync(changed, HttpStatusCode.OK, referral, token)),
            cancellationToken);

    private async Task<Command?> ReadAsync(FhirParameters parameters, string baseUrl, CancellationToken cancellationToken)
    {
        var outcome = parameters.Coding("reviewOutcome", ErsUrls.CodeSystem("eRS-ReviewOutcome-1"), required: true);
        if (OfOtherOperations.Contains(outcome))
        {
            parameters.Errors.Add("INAPPROPRIATE_VALUE", $"'reviewOutcome' ({outcome}) is not an outcome of a triage.");
        }
        else if (outcome is not (null or AcceptAndBookLater or ReturnWithAdvice))
        {
            parameters.Errors.UnknownCode("reviewOutcome", outcome);
        }

        var comments = parameters.Text("reviewComments", CommandLimits.Comments, required: true);
        var priority = parameters.Code<Priority>("reviewPriority", ErsUrls.CodeSystem("eRS-Priority-1"));
        var files = await documents.ReadAsync(parameters, Files, baseUrl, cancellationToken);
        if (comments is null || files is null || parameters.Errors.Any) return null;
        return outcome == AcceptAndBookLater
            ? new Command.Accept(comments, priority) { Only = ReviewKind.Request, Files = files }
            : new Command.Return(comments) { Priority = priority, Files = files };
    }
}
