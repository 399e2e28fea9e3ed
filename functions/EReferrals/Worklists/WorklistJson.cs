using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Worklists;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(WorklistSummaries))]
[JsonSerializable(typeof(ChangesResponse))]
[JsonSerializable(typeof(WorklistEntry))]
internal sealed partial class WorklistJson : JsonSerializerContext;

internal sealed record WorklistSummaries(IReadOnlyList<WorklistSummary> Worklists);

internal sealed record ChangesResponse(IReadOnlyList<ChangeResponse> Changes, string Next, bool More);

/// <param name="Change">PUT or REMOVED.</param>
/// <param name="Entry">Null when the referral left the list.</param>
internal sealed record ChangeResponse(Ubrn Ubrn, int Version, string Change, WorklistEntry? Entry);
