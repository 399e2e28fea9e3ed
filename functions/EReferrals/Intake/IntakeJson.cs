using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Intake;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AcceptedReferral))]
internal sealed partial class IntakeJson : JsonSerializerContext;

internal sealed record AcceptedReferral(string Ubrn, string State, Links Links);

internal sealed record Links(string Self);
