using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals;

namespace EReferrals.Status;

// Nulls are written: "not known" is an answer here.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(ErsStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
