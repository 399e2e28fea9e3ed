using System.Text.Json;
using EReferrals.Audit;
using EReferrals.Confirmations;
using EReferrals.Messaging;
using EReferrals.Referrals.Organisations;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.DeadLetters;

/// <summary>Discards a dead letter and stores the reason with it. The audit entry names the operator, but not the reason, which is free text.</summary>
public sealed class DeadLetterDiscard(QuarantineTable quarantine, AuditTrail audit, TimeProvider clock) : IConfirmableAction
{
    public ConfirmedAction Kind => ConfirmedAction.DiscardDeadLetter;

    /// <summary>
    /// Whether a second operator must confirm: the message is a submission that was accepted, or entries of the audit trail that are stored nowhere else. So
    /// may be one that names no queue that it came from.
    /// </summary>
    public static bool NeedsConfirmation(DeadLetter letter) => letter.Queue is Queues.ReferralSubmitted or Queues.AuditPending or Queues.DeadLetters;

    public AuditEntry Describe(AuditEntry entry, JsonElement request) => entry with { DeadLetter = In(request).Id, After = DeadLetterAudit.Discarded };

    public async Task ApplyAsync(JsonElement request, Actor by, FunctionContext context, CancellationToken cancellationToken)
    {
        var asked = In(request);
        // Gone when it was discarded by an attempt that stopped before it was marked as done, or replayed meanwhile.
        if (await quarantine.FindAsync(asked.Id, cancellationToken) is { } letter) await ApplyAsync(letter, asked.Reason, by, context, cancellationToken);
    }

    /// <param name="by">The operator who gave the reason.</param>
    public async Task ApplyAsync(DeadLetter letter, string reason, Actor by, FunctionContext context, CancellationToken cancellationToken)
    {
        await audit.WriteAsync(context.Audited(AuditedAction.DeadLetterDiscarded).About(letter).Becomes(DeadLetterAudit.Discarded, letter), cancellationToken);
        await quarantine.DiscardAsync(letter, new Discarding(by.User, clock.GetUtcNow(), reason), cancellationToken);
    }

    private static AskedDiscard In(JsonElement request) =>
        request.Deserialize(DeadLetterJson.Default.AskedDiscard) ?? throw new InvalidDataException("The confirmed discard is null.");
}

internal sealed record AskedDiscard(string Id, string Reason);
