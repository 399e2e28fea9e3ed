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
[JsonSerializable(typeof(EndedLinks))]
[JsonSerializable(typeof(PaperReportResponse))]
internal sealed partial class ContingencyJson : JsonSerializerContext;

/// <param name="Size">Bytes.</param>
/// <param name="Links">Null when the role gets no links, or when none can be signed at the moment.</param>
internal sealed record PackAbout(string Organisation, PackSide Side, DateTimeOffset Generated, long Size, PackLinks? Links);

/// <param name="Pack">Downloads this generation of the pack without this service.</param>
internal sealed record PackLinks(Uri Pack, DateTimeOffset Expires);

/// <param name="Ended">The number of links that this request ended.</param>
internal sealed record EndedLinks(string Organisation, int Ended);

internal sealed record PaperReportResponse(int Applied, int AlreadyKnown, int Conflicts, IReadOnlyList<PaperResult> Entries);
