using System.Globalization;
using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Operations;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Transfers;

/// <summary>
/// <c>POST /v1/operations/organisation-transfers</c>: one organisation takes the place of another. The order is written down and carried out in the
/// background. The same order again is the same transfer; one that could not move everything is gone through once more.
/// </summary>
public sealed class OrderTransferFunction(
    TransferTable transfers, TransferOrders orders, ServiceTable services, WorklistReader worklists, AuditTrail audit)
{
    private const int LongestReason = 500;
    private const int MostServices = 100;

    [Function(nameof(OrderTransferFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> OrderAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operations/organisation-transfers")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await JsonBody.ReadAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body)
        {
            var fields = new JsonFields(body.Root, pointer: "", []);
            var from = fields.Text("from", 9, text => Identifiers.IsOdsCode(text), OdsCode, required: true);
            var to = fields.Text("to", 9, text => Identifiers.IsOdsCode(text), OdsCode, required: true);
            var named = fields.Texts("services", MostServices, 18, text => Identifiers.IsServiceId(text), "the id of a service: 1 to 18 digits");
            var reason = fields.Text("reason", LongestReason, required: true, lines: true);
            if (named?.Count == 0) fields.Add("services", "MISSING_VALUE", "'services' has at least one item. Leave it out to transfer everything.");
            fields.RefuseOthers();
            var known = await transfers.RegisterAsync(cancellationToken);
            var same = from is null || to is null ? null : known.Same(from, to, named);
            if (same is null) await RefuseAsync(fields, from, to, named, known, cancellationToken);
            if (fields.Errors.Count > 0) return await request.RespondAsync(Problem.NotAcceptable(fields.Errors), cancellationToken);

            await audit.WriteAsync(context.Audited(AuditedAction.TransferOrdered) with { Transfer = same?.Id ?? $"{from}-{to}" }, cancellationToken);
            if (same is not null) return await RespondAsync(request, same.IsRunning ? same : await orders.RepeatAsync(same, cancellationToken), cancellationToken);
            var (ordered, conflict) = await orders.OrderAsync(from!, to!, named, reason!, context.Actor(), cancellationToken);
            return ordered is null
                ? await request.RespondAsync(Problem.Conflict("transfer-conflict", "Another transfer stands against this one", conflict!.Text), cancellationToken)
                : await RespondAsync(request, ordered, cancellationToken);
        }
    }

    private const string OdsCode = "an ODS code: 1-9 capital letters and digits";

    private async Task RefuseAsync(
        JsonFields fields, string? from, string? to, IReadOnlyList<string>? named, Successions known, CancellationToken cancellationToken)
    {
        if (from is not null && from == to) fields.Add("to", "CONFLICTING_VALUES", "'to' is the same organisation as 'from'.");
        if (from is not null && !await IsKnownAsync(from, known, cancellationToken)) fields.Add("from", "REFERENCE_NOT_FOUND", $"{from} is not known here: it has no service, and never had a referral.");
        if (to is not null && to != from)
        {
            if (known.CurrentOf(to) is var successor && successor != to) fields.Add("to", "INAPPROPRIATE_VALUE", $"{to} was transferred itself. Name {successor}.");
            else if (!await IsKnownAsync(to, known, cancellationToken)) fields.Add("to", "REFERENCE_NOT_FOUND", $"{to} is not known here. If it is right, let {to} define a service first, a closed one will do.");
        }

        if (from is null) return;
        for (var at = 0; at < named?.Count; at++)
        {
            var service = await services.FindAsync(named[at], cancellationToken);
            if (service?.Service.Provider == from) continue;
            var pointer = string.Create(CultureInfo.InvariantCulture, $"/services/{at}");
            fields.Errors.Add(service is null
                ? new FieldError(pointer, "REFERENCE_NOT_FOUND", $"There is no service {named[at]}.")
                : new FieldError(pointer, "INAPPROPRIATE_VALUE", $"Service {named[at]} is not provided by {from}."));
        }
    }

    // Against a wrong letter in the code: nothing takes a transfer back. The canary's organisation is nobody's.
    private async Task<bool> IsKnownAsync(string organisation, Successions known, CancellationToken cancellationToken) => organisation != ReservedOrganisation.Canary
        && (known.All.Any(one => one.From == organisation || one.To == organisation)
            || await worklists.HasListsAsync(organisation, cancellationToken)
            || await services.HasProviderAsync(organisation, cancellationToken));

    private async Task<HttpResponseData> RespondAsync(HttpRequestData request, Succession succession, CancellationToken cancellationToken)
    {
        var stored = await transfers.FindAsync(succession.Id, cancellationToken) ?? throw new InvalidDataException($"Transfer {succession.Id} has no progress.");
        var view = TransferView.Create(succession, stored.Transfer, failures: null);
        var response = await request.RespondAsync(HttpStatusCode.Accepted, view, OperationsJson.Default.TransferView, cancellationToken);
        return response.WithHeader("Location", $"/v1/operations/organisation-transfers/{succession.Id}");
    }
}
