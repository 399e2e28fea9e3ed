using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Audit.Search;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(AuditEntries))]
internal sealed partial class SearchJson : JsonSerializerContext;
