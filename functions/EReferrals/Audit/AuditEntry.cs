using System.Globalization;
using EReferrals.Audit.Contents;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Audit;

/// <summary>
/// Who did what to which thing. Contains identifiers and what operators and services publish: never an NHS number, a patient's name or free text about
/// one. The trail may contain an entry twice, because an append with an unknown outcome is retried elsewhere; both copies have the same <see cref="Id"/>.
/// </summary>
public sealed record AuditEntry
{
    public required AuditedAction What { get; init; }

    /// <summary>The token's subject; null when no trusted source identifies the caller.</summary>
    public string? User { get; init; }

    public string? Organisation { get; init; }

    /// <summary>A role code. A string rather than a <see cref="Referrals.Role"/>, because a refused caller may have claimed an unknown role.</summary>
    public string? Role { get; init; }

    public string? OnBehalfOf { get; init; }

    public Ubrn? Ubrn { get; init; }

    public string? Attachment { get; init; }

    /// <summary><c>ORGANISATION:LIST</c>.</summary>
    public string? Worklist { get; init; }

    /// <summary>The id of a dead letter.</summary>
    public string? DeadLetter { get; init; }

    /// <summary>The id of an operator's message.</summary>
    public Guid? Message { get; init; }

    /// <summary>The id of a confirmation by a second operator.</summary>
    public Guid? Confirmation { get; init; }

    /// <summary>The id of a transfer of an organisation.</summary>
    public string? Transfer { get; init; }

    /// <summary>The address that a call without a valid token, or the read of a pack by a link, came from.</summary>
    public string? Source { get; init; }

    /// <summary>How many refusals of the last minute this entry sums up; null for an entry about one call.</summary>
    public int? Count { get; init; }

    /// <summary>The referrals that an answer about several showed; null for other answers.</summary>
    public ShownReferrals? Shown { get; init; }

    /// <summary>The version of the list or of the referral that was shown.</summary>
    public long? Version { get; init; }

    /// <summary>The filters of a read, such as <c>service=50001 priority=URGENT</c>; null for all.</summary>
    public string? Filters { get; init; }

    /// <summary>
    /// Which part of a list was shown. For a page: its limit, and the start of the sort key after which it begins, such as
    /// <c>100 after 120261101090000000</c>. For a change feed: version and change before the first and of the last, such as <c>12:0-15:3</c>. For reads by a
    /// link that the entry sums up: how many, and when the last was.
    /// </summary>
    public string? Range { get; init; }

    /// <summary>What an operator changed, as it was before; null when there was nothing.</summary>
    public string? Before { get; init; }

    /// <summary>What an operator changed, as it is afterwards; null when there is nothing.</summary>
    public string? After { get; init; }

    /// <summary>The id of a service.</summary>
    public string? Service { get; init; }

    /// <summary>The identity under which the service was shown before the change; null when it was not shown.</summary>
    public ServiceIdentity? ServiceBefore { get; init; }

    /// <summary>The identity that the change gives to the service, or asks for; null when the service is withdrawn.</summary>
    public ServiceIdentity? ServiceAfter { get; init; }

    /// <summary>
    /// A link to a pack: the name of the pack, <c>@</c> and the snapshot that the link reads. Both are in the address of each read in the log of the storage
    /// account.
    /// </summary>
    public string? Link { get; init; }

    /// <summary>When a pack was read by a link, by the clock of the storage account. The entry is written up to hours later.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>The day, in UTC, whose audit trail was verified.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>The name of the function that was called.</summary>
    public required string Function { get; init; }

    /// <summary><c>ok</c>, or the HTTP status of a refusal and its code.</summary>
    public string Outcome { get; init; } = "ok";

    public required string CorrelationId { get; init; }

    /// <summary>For the read of a pack by a link, the id that the storage account gave to the first one: a repeat has the same.</summary>
    public required string RequestId { get; init; }

    /// <summary>Set by <see cref="AuditTrail"/>.</summary>
    public Guid Id { get; init; }

    /// <summary>Set by <see cref="AuditTrail"/>.</summary>
    public DateTimeOffset At { get; init; }

    internal static AuditEntry Refusal(FunctionContext context, int status, string code) => From(context, AuditedAction.Refused) with
    {
        Outcome = string.Create(CultureInfo.InvariantCulture, $"{status} {code}").TrimEnd(),
    };

    internal static AuditEntry From(FunctionContext context, AuditedAction what) => new()
    {
        What = what,
        Function = context.FunctionDefinition.Name,
        CorrelationId = context.CorrelationId(),
        RequestId = context.RequestId(),
    };
}
