using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Operations;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(OperatingMode))]
internal sealed partial class OperationsJson : JsonSerializerContext;
