using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;

namespace EReferrals.Lifecycle;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(ReferralView))]
[JsonSerializable(typeof(QueuedReferral))]
[JsonSerializable(typeof(History))]
internal sealed partial class LifecycleJson : JsonSerializerContext;

internal sealed record QueuedReferral(Ubrn Ubrn, string State);

internal sealed record History(Ubrn Ubrn, IReadOnlyList<HistoryVersion> Versions);

internal sealed record HistoryVersion(
    int Version,
    DateTimeOffset At,
    ReferralAction What,
    ReferralState? From,
    ReferralState To,
    ActorView By,
    string? Reason,
    string? Comments,
    string? Why,
    PatientCorrection? Patient,
    HandedOver? HandedOver,
    string CorrelationId,
    OnPaper? OnPaper)
{
    public static HistoryVersion Create(ReferralEvent what) => new(
        what.Version,
        what.At,
        what.What,
        what.From,
        what.To,
        ActorView.From(what.By),
        what.Reason,
        what.Comments,
        what.Why,
        what.Patient,
        what.HandedOver,
        what.CorrelationId,
        what.OnPaper);
}
