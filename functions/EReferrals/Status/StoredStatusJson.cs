using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Status.Canary;
using EReferrals.Status.Messages;

namespace EReferrals.Status;

// The JSON form of stored blobs. Members may be added; never rename a member, because stored blobs contain it.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CanaryHistory))]
[JsonSerializable(typeof(OperatorMessages))]
internal sealed partial class StoredStatusJson : JsonSerializerContext;
