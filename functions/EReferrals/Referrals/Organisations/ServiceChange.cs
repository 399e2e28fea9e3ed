using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Organisations;

/// <summary>The change that created one version of a service in the directory.</summary>
/// <param name="Comments">What the operator said when approving, rejecting or withdrawing.</param>
public sealed record ServiceChange(ServiceAction What, DateTimeOffset At, Actor By, string CorrelationId, string? Comments = null);

[JsonConverter(typeof(CodeConverter<ServiceAction>))]
public enum ServiceAction
{
    Created,
    Changed,
    Approved,
    Rejected,
    Withdrawn,

    /// <summary>Another organisation became its provider, by a transfer that an operator ordered.</summary>
    Transferred,
}
