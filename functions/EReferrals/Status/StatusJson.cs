using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Status;

// Nulls are written: "not known" is an answer here.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(ErsStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
