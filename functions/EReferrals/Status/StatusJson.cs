using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using EReferrals.Status.Messages;

namespace EReferrals.Status;

// Nulls are written: "not known" is an answer here.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(ErsStatus))]
[JsonSerializable(typeof(PostedMessage))]
[JsonSerializable(typeof(MessageList))]
internal sealed partial class StatusJson : JsonSerializerContext;

// What is kept in blobs. A member may be added; one that is written already is never renamed.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CanaryHistory))]
[JsonSerializable(typeof(OperatorMessages))]
internal sealed partial class StoredStatusJson : JsonSerializerContext;
