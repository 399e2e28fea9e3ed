using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>The states of the e-RS code system <c>eRS-ReferralState-1</c>.</summary>
[JsonConverter(typeof(CodeConverter<ReferralState>))]
public enum ReferralState
{
    NotBooked,
    Booked,
    DeferredToProvider,
    AwaitingTriage,
    TriagedProviderToAction,
    TriageResponse,
    Rejected,
    ApptCancelledByPatient,
    ApptCancelledByProvider,
    DidNotAttend,
    AssessmentResult,
    CancelledReferral,
}
