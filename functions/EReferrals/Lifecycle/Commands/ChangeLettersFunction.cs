using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

/// <summary>Replaces the referrer's letters, or says whether a letter will follow.</summary>
public sealed class ChangeLettersFunction(CommandEndpoint endpoint, NamedAttachments attachments)
{
    [Function(nameof(ChangeLettersFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin)]
    public Task<HttpResponseData> ChangeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/letters")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, ReadAsync, cancellationToken);

    private async Task<Command?> ReadAsync(JsonFields fields, CancellationToken cancellationToken)
    {
        var ids = fields.Texts(
            "attachments", CommandLimits.Letters, 36, Identifiers.IsAttachmentId, "the id of an uploaded attachment", required: !fields.Has("letter"));
        var intention = fields.Code<LetterIntention>("letter");
        if (ids?.Count == 0 && fields.Errors.Count == 0)
        {
            fields.Add(
                "attachments",
                "MISSING_VALUE",
                "'attachments' must have at least one item. If no letter will follow, remove it and send 'letter'.");
        }
        if (fields.Errors.Count > 0) return null;
        if (ids is null) return new Command.ChangeLetters(Letters: null, intention);
        return new Command.ChangeLetters(await attachments.FindAsync(ids, cancellationToken), intention);
    }
}
