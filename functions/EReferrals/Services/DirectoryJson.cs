using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Services.Approval;

namespace EReferrals.Services;

/// <param name="Next">The cursor of the next page; null on the last page.</param>
internal sealed record ServicesPage(
    IReadOnlyList<Service> Services, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next);

/// <param name="Next">The cursor of the next page; null on the last page.</param>
internal sealed record PendingPage(
    IReadOnlyList<ServiceView> Services, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(Service))]
[JsonSerializable(typeof(ServiceView))]
[JsonSerializable(typeof(ServicesPage))]
[JsonSerializable(typeof(PendingPage))]
[JsonSerializable(typeof(ServiceHistory))]
internal sealed partial class DirectoryJson : JsonSerializerContext;
