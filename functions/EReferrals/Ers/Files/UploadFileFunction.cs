using System.Net;
using EReferrals.Attachments;
using EReferrals.Attachments.Files;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Reading;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Files;

/// <summary>A020: uploads a file, which a later request links to a referral.</summary>
public sealed class UploadFileFunction(AttachmentUpload upload, ErsReferrals referrals)
{
    [Function(nameof(UploadFileFunction))]
    [Ers("A020")]
    public async Task<HttpResponseData> UploadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/Binary")] HttpRequestData request,
        CancellationToken cancellationToken)
    {
        var taken = await upload.TakeAsync(request, FileName.DecodeOriginal, (ubrn, token) => WhyNotAsync(request, ubrn, token), cancellationToken);
        if (!taken.TryGet(out var attachment, out var problem)) return await request.RespondAsync(AsErs(problem), cancellationToken);
        return request.Respond(HttpStatusCode.Created).WithHeader("Location", $"Binary/{attachment.Id}");
    }

    private async Task<Problem?> WhyNotAsync(HttpRequestData request, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var referral = await referrals.FindAnyAsync(ubrn.ToString(), cancellationToken);
        if (referral is not null && Relationships.MayChange(referral, request.FunctionContext.Actor())) return null;
        // Audited like a 403, unless there is no referral.
        if (referral is not null)
        {
            request.FunctionContext.SetRefused();
            request.FunctionContext.SetReferral(referral.Ubrn);
        }

        return Problem.NotAcceptable(FieldError.OfHeader(
            UploadHeaders.ReferralHeader, "INAPPROPRIATE_VALUE", $"'{UploadHeaders.ReferralHeader}' does not name a referral that you may change."));
    }

    // The plain API refuses a wrong header with 400 and an empty name as a missing header; e-RS refuses the file with 422.
    private static Problem AsErs(Problem problem)
    {
        string[] own = [UploadHeaders.FileNameHeader, UploadHeaders.ReferralHeader];
        return problem.Status == HttpStatusCode.BadRequest && problem.Errors.Count > 0 && problem.Errors.All(error => own.Contains(error.Header))
            ? Problem.NotAcceptable([.. problem.Errors.Select(error => FieldError.OfHeader(
                error.Header!, error.Code == "MISSING_HEADER" ? "MISSING_VALUE" : error.Code, $"'{error.Header}' {Rest(error)}"))])
            : problem;

        static string Rest(FieldError error) => error.Code == "MISSING_HEADER" ? "is missing." : "is invalid.";
    }
}
