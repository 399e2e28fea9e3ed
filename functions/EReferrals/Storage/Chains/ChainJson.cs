using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Storage.Chains;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HeadLine))]
[JsonSerializable(typeof(ListedLine))]
[JsonSerializable(typeof(SealLine))]
internal sealed partial class ChainJson : JsonSerializerContext;
