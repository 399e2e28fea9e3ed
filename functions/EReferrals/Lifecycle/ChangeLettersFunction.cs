using EReferrals.Http;
using EReferrals.Referrals;
using EReferrals.Security;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle;

/// <summary>Replaces the set of the referrer's letters.</summary>
public sealed class ChangeLettersFunction(CommandEndpoint endpoint, AttachmentTable attachments)
{
    [Function(nameof(ChangeLettersFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin)]
    public Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/letters")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellation) =>
        endpoint.RunAsync(request, ubrn, ReadAsync, cancellation);

    private async Task<Command?> ReadAsync(JsonFields fields, CancellationToken cancellation)
    {
        var ids = fields.Texts(
            "attachments", CommandLimits.Letters, 36, Identifiers.IsAttachmentId, "the id of an uploaded attachment", required: true);
        if (ids is null || fields.Errors.Count > 0) return null;
        var found = await attachments.FindManyAsync(ids, cancellation);
        return new Command.ChangeLetters([.. ids.Select(id => new NamedAttachment(id, found.GetValueOrDefault(id)))]);
    }
}
