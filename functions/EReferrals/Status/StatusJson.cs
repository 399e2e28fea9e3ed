using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using EReferrals.Status.Messages;

namespace EReferrals.Status;

// Nulls are written, because null means "not known" here.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(ErsStatus))]
[JsonSerializable(typeof(PostedMessage))]
[JsonSerializable(typeof(MessageList))]
internal sealed partial class StatusJson : JsonSerializerContext;
