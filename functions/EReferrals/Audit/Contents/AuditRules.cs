namespace EReferrals.Audit.Contents;

/// <summary>What the entry of each audited action must say. Pure. An entry that says less is not written, and so its request is not answered.</summary>
internal static class AuditRules
{
    private static readonly Fact Ubrn = new("ubrn", entry => entry.Ubrn is not null);
    private static readonly Fact Shown = new("shown", entry => entry.Shown is not null);
    private static readonly Fact Version = new("version", entry => entry.Version is not null);
    private static readonly Fact Range = new("range", entry => entry.Range is not null);
    private static readonly Fact Worklist = new("worklist", entry => entry.Worklist is not null);
    private static readonly Fact Attachment = new("attachment", entry => entry.Attachment is not null);
    private static readonly Fact Link = new("link", entry => entry.Link is not null);
    private static readonly Fact ReadAt = new("readAt", entry => entry.ReadAt is not null);
    private static readonly Fact DeadLetter = new("deadLetter", entry => entry.DeadLetter is not null);
    private static readonly Fact DeadLetters = new("deadLetter or shown", entry => entry.DeadLetter is not null || entry.Shown is not null);
    private static readonly Fact Before = new("before", entry => entry.Before is not null);
    private static readonly Fact After = new("after", entry => entry.After is not null);
    private static readonly Fact Change = new("before or after", entry => entry.Before is not null || entry.After is not null);
    private static readonly Fact Confirmation = new("confirmation", entry => entry.Confirmation is not null);
    private static readonly Fact Message = new("message", entry => entry.Message is not null);
    private static readonly Fact Transfer = new("transfer", entry => entry.Transfer is not null);
    private static readonly Fact Service = new("service", entry => entry.Service is not null);
    private static readonly Fact ServiceAfter = new("serviceAfter", entry => entry.ServiceAfter is not null);
    private static readonly Fact Day = new("day", entry => entry.Day is not null);
    private static readonly Fact Outcome = new("outcome", entry => entry.Outcome != "ok");
    private static readonly Fact User = new("user", entry => entry.User is not null);
    private static readonly Fact Organisation = new("organisation", entry => entry.Organisation is not null);
    private static readonly Fact Role = new("role", entry => entry.Role is not null);

    private static readonly Fact[] Caller = [User, Organisation, Role];

    private static readonly Dictionary<AuditedAction, Fact[]> Required = new()
    {
        // A refused caller may be unknown.
        [AuditedAction.Refused] = [Outcome],
        [AuditedAction.ReferralRead] = [.. Caller, Ubrn],
        [AuditedAction.HistoryRead] = [.. Caller, Ubrn, Version],
        [AuditedAction.WorklistRead] = [.. Caller, Worklist, Version, Shown],
        [AuditedAction.ChangesRead] = [.. Caller, Worklist, Version, Range, Shown],
        [AuditedAction.WorklistPrinted] = [.. Caller, Worklist, Version, Shown],
        [AuditedAction.WorklistExported] = [.. Caller, Worklist, Version, Shown],
        // Its UBRN too, but a file need not belong to a referral.
        [AuditedAction.AttachmentRead] = [.. Caller, Attachment],
        [AuditedAction.PackRead] = [.. Caller, Shown],
        [AuditedAction.PackLinked] = [.. Caller, Link, Shown],
        // Whoever has the link can use it, and what it read may be gone.
        [AuditedAction.PackLinkRead] = [Link, ReadAt],
        [AuditedAction.PackLinksEnded] = [.. Caller, Link],
        [AuditedAction.DeadLettersRead] = [.. Caller, DeadLetters],
        [AuditedAction.DeadLetterReplayed] = [.. Caller, DeadLetter, Before, After],
        [AuditedAction.DeadLetterDiscarded] = [.. Caller, DeadLetter, Before, After],
        [AuditedAction.ModeChanged] = [.. Caller, Before, After],
        [AuditedAction.ConfirmationAsked] = [.. Caller, Confirmation, After],
        [AuditedAction.ConfirmationGiven] = [.. Caller, Confirmation, After],
        [AuditedAction.ConfirmationOverridden] = [.. Caller, Confirmation, After],
        [AuditedAction.MessageChanged] = [.. Caller, Message, Change],
        [AuditedAction.TransferOrdered] = [.. Caller, Transfer],
        [AuditedAction.TransfersRead] = [.. Caller, Shown],
        [AuditedAction.LegalHoldPlaced] = [.. Caller, Ubrn],
        [AuditedAction.LegalHoldLifted] = [.. Caller, Ubrn],
        [AuditedAction.RetentionRead] = [.. Caller, Ubrn],
        // The sweeper has no organisation.
        [AuditedAction.ReferralDeleted] = [User, Ubrn],
        [AuditedAction.ReferralErased] = [.. Caller, Ubrn],
        [AuditedAction.ServiceChanged] = [.. Caller, Service, ServiceAfter],
        [AuditedAction.ServiceApproved] = [.. Caller, Service, ServiceAfter],
        // A service that is withdrawn has no identity that anybody is shown.
        [AuditedAction.ServiceRejected] = [.. Caller, Service],
        [AuditedAction.ServiceWithdrawn] = [.. Caller, Service],
        [AuditedAction.SlotsRead] = [.. Caller, Service, Shown],
        [AuditedAction.AuditVerified] = [.. Caller, Day],
        [AuditedAction.AuditRead] = [.. Caller, Ubrn, Range],
    };

    /// <summary>What the entry lacks; empty when it is complete.</summary>
    public static IReadOnlyList<string> Missing(AuditEntry entry) => Required.TryGetValue(entry.What, out var facts)
        ? [.. facts.Where(fact => !fact.IsIn(entry)).Select(fact => fact.Name)]
        : ["a rule for this action"];

    /// <exception cref="InvalidOperationException">The entry is not complete. The code that made it is broken.</exception>
    public static void Check(AuditEntry entry)
    {
        if (Missing(entry) is { Count: > 0 } missing)
        {
            throw new InvalidOperationException($"An audit entry {entry.What} of {entry.Function} lacks {string.Join(", ", missing)}.");
        }
    }

    private sealed record Fact(string Name, Func<AuditEntry, bool> IsIn);
}
