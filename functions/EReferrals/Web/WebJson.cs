using System.Text.Json.Serialization;

namespace EReferrals.Web;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PageConfig))]
internal sealed partial class WebJson : JsonSerializerContext;
