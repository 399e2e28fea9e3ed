using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

/// <summary>Withdraws or replaces an outcome that was recorded in error.</summary>
public sealed class CorrectOutcomeFunction(CommandEndpoint endpoint)
{
    private const string None = "NONE";

    [Function(nameof(CorrectOutcomeFunction))]
    [Requires(Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin)]
    public Task<HttpResponseData> CorrectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/appointment/outcome/correct")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(
            request,
            ubrn,
            fields =>
            {
                var (outcome, why, comments) = (fields.Text("outcome", CommandLimits.Code, required: true), fields.Why(), fields.Comments());
                if (outcome is null || why is null) return null;
                if (outcome == None) return new Command.CorrectOutcome(null, why, comments);
                if (Code.TryParse<AppointmentOutcome>(outcome, out var corrected)) return new Command.CorrectOutcome(corrected, why, comments);
                fields.Add("outcome", "INVALID_CODE", $"'outcome' must be one of {string.Join(", ", Code.All<AppointmentOutcome>())}, {None}.");
                return null;
            },
            cancellationToken);
}
