using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Contingency.PackReads;

// Without the converter of instants, which would cut the place off at its milliseconds.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PackReadProgress))]
[JsonSerializable(typeof(ReadLogQuestion))]
internal sealed partial class PackReadsJson : JsonSerializerContext;

/// <param name="Query">In the Kusto query language.</param>
internal sealed record ReadLogQuestion(string Query);

/// <summary>How far the log of reads is in the audit trail.</summary>
/// <param name="Place">The last row whose entry is durable; null before the first run.</param>
/// <param name="Asked">When the workspace last answered, or when the first run began.</param>
internal sealed record PackReadProgress(ReadLogPlace? Place, DateTimeOffset Asked)
{
    public static PackReadProgress None { get; } = new(null, DateTimeOffset.MinValue);

    /// <summary>Never goes back, because another run may have come further.</summary>
    public PackReadProgress At(ReadLogPlace? place, DateTimeOffset asked) =>
        new(place is not null && (Place is null || place.IsAfter(Place)) ? place : Place, asked > Asked ? asked : Asked);
}
