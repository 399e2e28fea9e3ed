using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Reconciliation;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(ReconciliationResult))]
internal sealed partial class ReconciliationJson : JsonSerializerContext;
