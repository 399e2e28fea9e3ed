using System.Globalization;
using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Transfers;

/// <summary>
/// <c>POST /v1/operations/organisation-transfers</c>: requests that one organisation succeeds another. The request is stored, and a background
/// function carries it out. The request is idempotent: the same request returns the same transfer. A finished transfer then
/// runs again, for what it could not move.
/// </summary>
public sealed class OrderTransferFunction(
    TransferTable transfers, TransferOrders orders, ServiceTable services, WorklistReader worklists, AuditTrail audit)
{
    private const int MaxServices = 100;

    [Function(nameof(OrderTransferFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> OrderAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operations/organisation-transfers")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await request.ReadJsonAsync(ReadAsync, cancellationToken)).TryGet(out var transfer, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        var audited = context.Audited(AuditedAction.TransferOrdered) with { Transfer = transfer.Same?.Id ?? $"{transfer.From}-{transfer.To}" };
        await audit.WriteAsync(audited, cancellationToken);
        if (transfer.Same is { } same)
        {
            return await RespondAsync(request, same.IsRunning ? same : await orders.RepeatAsync(same, cancellationToken), cancellationToken);
        }

        var result = await orders.OrderAsync(transfer.From, transfer.To, transfer.Services, transfer.Reason, context.Actor(), cancellationToken);
        return result.TryGet(out var ordered, out var conflict)
            ? await RespondAsync(request, ordered, cancellationToken)
            : await request.RespondAsync(conflict, cancellationToken);
    }

    private async Task<TransferRequest?> ReadAsync(JsonFields fields, CancellationToken cancellationToken)
    {
        var from = fields.Text("from", 9, text => Identifiers.IsOdsCode(text), OdsCode, required: true);
        var to = fields.Text("to", 9, text => Identifiers.IsOdsCode(text), OdsCode, required: true);
        var services = fields.Texts("services", MaxServices, 18, text => Identifiers.IsServiceId(text), "the id of a service: 1 to 18 digits");
        var reason = OperatorReason.Read(fields);
        if (services?.Count == 0)
        {
            fields.Add("services", "MISSING_VALUE", "'services' must have at least one item. Remove it to transfer the whole organisation.");
        }

        var successions = await transfers.RegisterAsync(cancellationToken);
        var same = from is null || to is null ? null : successions.Same(from, to, services);
        if (same is null) await RefuseAsync(fields, from, to, services, successions, cancellationToken);
        return from is null || to is null || reason is null ? null : new TransferRequest(from, to, services, reason, same);
    }

    private const string OdsCode = "an ODS code: 1-9 capital letters and digits";

    private async Task RefuseAsync(
        JsonFields fields, string? from, string? to, IReadOnlyList<string>? serviceIds, Successions successions, CancellationToken cancellationToken)
    {
        if (from is not null && from == to) fields.Add("to", "CONFLICTING_VALUES", "'to' must not be the same organisation as 'from'.");
        if (from is not null && !await IsKnownAsync(from, successions, cancellationToken))
        {
            fields.Add("from", "REFERENCE_NOT_FOUND", $"{from} is unknown: it has no service and has never had a referral.");
        }
        if (to is not null && to != from)
        {
            if (successions.CurrentOf(to) is var successor && successor != to)
            {
                var advice = successor == from
                    ? $"{to} has itself been transferred to {from}. A transfer cannot be reversed: choose a code that was not transferred."
                    : $"{to} has itself been transferred. Use {successor}.";
                fields.Add("to", "INAPPROPRIATE_VALUE", advice);
            }
            else if (!await IsKnownAsync(to, successions, cancellationToken))
            {
                fields.Add(
                    "to", "REFERENCE_NOT_FOUND", $"{to} is unknown. If the code is correct, {to} must first define a service, which may be closed.");
            }
        }

        if (from is null) return;
        for (var at = 0; at < serviceIds?.Count; at++)
        {
            var service = await services.FindAsync(serviceIds[at], cancellationToken);
            if (service?.Entry.Defined.Provider == from) continue;
            var pointer = string.Create(CultureInfo.InvariantCulture, $"/services/{at}");
            fields.Errors.Add(service is null
                ? new FieldError(pointer, "REFERENCE_NOT_FOUND", $"There is no service {serviceIds[at]}.")
                : new FieldError(pointer, "INAPPROPRIATE_VALUE", $"{from} does not provide service {serviceIds[at]}."));
        }
    }

    // Protects against a mistyped code, because a transfer cannot be undone. The canary's organisation can never be transferred.
    private async Task<bool> IsKnownAsync(string organisation, Successions successions, CancellationToken cancellationToken) =>
        organisation != ReservedOrganisation.Canary
        && (successions.All.Any(one => one.From == organisation || one.To == organisation)
            || await worklists.HasListsAsync(organisation, cancellationToken)
            || await services.HasProviderAsync(organisation, cancellationToken));

    private async Task<HttpResponseData> RespondAsync(HttpRequestData request, Succession succession, CancellationToken cancellationToken)
    {
        var stored = await transfers.FindAsync(succession.Id, cancellationToken)
            ?? throw new InvalidDataException($"Transfer {succession.Id} has no progress row.");
        var view = TransferView.Create(succession, stored.Transfer, failures: null);
        var response = await request.RespondAsync(HttpStatusCode.Accepted, view, TransferJson.Default.TransferView, cancellationToken);
        return response.WithHeader("Location", $"/v1/operations/organisation-transfers/{succession.Id}");
    }

    /// <param name="Same">The transfer that the same request created before; null when there is none.</param>
    private sealed record TransferRequest(string From, string To, IReadOnlyList<string>? Services, string Reason, Succession? Same);
}
