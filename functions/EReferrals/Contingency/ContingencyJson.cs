using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Contingency.PaperReports;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Blobs;

namespace EReferrals.Contingency;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(InstantConverter), typeof(CodeConverter<PackSide>)])]
[JsonSerializable(typeof(PackAbout))]
[JsonSerializable(typeof(PaperReportResponse))]
internal sealed partial class ContingencyJson : JsonSerializerContext;

/// <param name="Size">Bytes.</param>
/// <param name="Links">Null when no link can be signed at the moment.</param>
internal sealed record PackAbout(string Organisation, PackSide Side, DateTimeOffset Generated, long Size, PackLinks? Links);

/// <param name="Pack">Downloads this pack, and each pack that replaces it, without this service.</param>
internal sealed record PackLinks(Uri Pack, DateTimeOffset Expires);

internal sealed record PaperReportResponse(int Applied, int AlreadyKnown, int Conflicts, IReadOnlyList<PaperResult> Entries);
