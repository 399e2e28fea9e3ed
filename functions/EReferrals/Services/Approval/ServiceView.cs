using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Services.Approval;

/// <summary>A service as its provider defined it, and what of it is not approved. Only for readers who may see that.</summary>
internal sealed record ServiceView : Service
{
    public ServiceView()
    {
    }

    [SetsRequiredMembers]
    private ServiceView(Service service)
        : base(service)
    {
    }

    /// <summary>Null when everything is approved.</summary>
    [JsonPropertyOrder(1)]
    public ApprovalView? Approval { get; init; }

    public static ServiceView Plain(Service service) => new(service);

    public static ServiceView From(DirectoryEntry entry) => new(entry.Defined) { Approval = ApprovalView.From(entry) };
}

/// <param name="Approved">What everybody else sees instead; null when the service was never approved and nobody else sees it.</param>
/// <param name="By">Who made the change, or who rejected it.</param>
/// <param name="Comments">Why it was rejected.</param>
internal sealed record ApprovalView(ApprovalStatus Status, ServiceIdentity? Approved, ServiceActor? By, DateTimeOffset? At, string? Comments)
{
    public static ApprovalView? From(DirectoryEntry entry) => entry.Status == ApprovalStatus.Approved
        ? null
        : new ApprovalView(entry.Status, entry.Approved, ServiceActor.From(entry.Change?.By), entry.Change?.At, entry.Change?.Comments);
}
