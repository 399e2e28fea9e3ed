using System.Text.Json;
using EReferrals.Audit;
using EReferrals.Referrals.Organisations;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Confirmations;

/// <summary>An action that the service carries out when a second operator has confirmed it.</summary>
public interface IConfirmableAction
{
    ConfirmedAction Kind { get; }

    /// <summary>The audit entry of a confirmation, with what was asked for.</summary>
    AuditEntry Describe(AuditEntry entry, JsonElement request);

    /// <summary>Carries the action out and audits it. Done twice, it has the effect of one time.</summary>
    /// <param name="request">What the first operator asked for.</param>
    /// <param name="by">The first operator.</param>
    Task ApplyAsync(JsonElement request, Actor by, FunctionContext context, CancellationToken cancellationToken);
}
