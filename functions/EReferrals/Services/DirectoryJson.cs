using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Services;

/// <param name="Next">The cursor of the next page; null on the last page.</param>
internal sealed record ServicesPage(
    IReadOnlyList<Service> Services, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Service))]
[JsonSerializable(typeof(ServicesPage))]
internal sealed partial class DirectoryJson : JsonSerializerContext;
