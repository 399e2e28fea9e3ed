using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Organisations;

/// <summary>A service in the directory: as its provider defined it, and the identity under which everybody sees it. Pure.</summary>
/// <param name="Approved">The identity that was approved last; null when none ever was, or when it was withdrawn.</param>
/// <param name="Change">The change that made this version; null in rows that were saved before changes were stored.</param>
public sealed record DirectoryEntry(Service Defined, ServiceIdentity? Approved, ApprovalStatus Status, ServiceChange? Change)
{
    /// <summary>
    /// The service as everybody sees it; null when it was never approved, or is withdrawn. Only the identity waits for approval: that a service closes or
    /// takes other priorities takes effect at once.
    /// </summary>
    public Service? Shown => Status == ApprovalStatus.Approved ? Defined : Approved?.ApplyTo(Defined);

    /// <summary>An entry that needs no approval: of this service itself, or saved before approvals were needed.</summary>
    public static DirectoryEntry WithoutApproval(Service service, ServiceChange? change = null) =>
        new(service, ServiceIdentity.Of(service), ApprovalStatus.Approved, change);

    /// <summary>The entry after its provider defined the service.</summary>
    /// <param name="before">Null for a new service.</param>
    /// <param name="isTrusted">
    /// Whether definitions of this organisation need no approval. What an operator has to decide, has rejected or has withdrawn needs one all the same.
    /// </param>
    public static DirectoryEntry Define(DirectoryEntry? before, Service service, bool isTrusted, ServiceChange change) =>
        (isTrusted && (before is null || before.Status == ApprovalStatus.Approved)) || before?.Approved == ServiceIdentity.Of(service)
            ? WithoutApproval(service, change)
            : new DirectoryEntry(service, before?.Approved, ApprovalStatus.Pending, change);

    public DirectoryEntry Approve(ServiceChange change) => WithoutApproval(Defined, change);

    /// <summary>What was approved before stays shown.</summary>
    public DirectoryEntry Reject(ServiceChange change) => this with { Status = ApprovalStatus.Rejected, Change = change };

    /// <summary>Nobody else sees the service any more, until it is approved again.</summary>
    public DirectoryEntry Withdraw(ServiceChange change) => this with { Approved = null, Status = ApprovalStatus.Withdrawn, Change = change };

    /// <summary>The entry with the successor of its provider; the same object when it has none. A pending change stays pending.</summary>
    public DirectoryEntry Move(Successions successions, ServiceChange? change = null)
    {
        var moved = successions.Apply(Defined);
        return ReferenceEquals(moved, Defined)
            ? this
            : this with { Defined = moved, Approved = Approved is null ? null : Approved with { Provider = moved.Provider }, Change = change ?? Change };
    }

    /// <summary>Whether this reader may see what is not approved: the organisation that defined it, and operators.</summary>
    public bool MaySeeAll(Actor reader) => reader.Role == Role.Operator || reader.Organisation == Defined.Provider;
}

/// <summary>Whether the identity of a service is shown to everybody.</summary>
[JsonConverter(typeof(CodeConverter<ApprovalStatus>))]
public enum ApprovalStatus
{
    Approved,
    Pending,
    Rejected,

    /// <summary>It was approved, and an operator took that back.</summary>
    Withdrawn,
}
