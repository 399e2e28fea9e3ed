using System.Globalization;
using System.Text.Json;

namespace EReferrals.Contingency.PackReads;

/// <summary>An answer of the workspace: the reads of packs in some rows of its log. Pure.</summary>
/// <param name="Rows">How many rows the answer has.</param>
/// <param name="Unreadable">How many of them cannot be read. They do not stop the others.</param>
/// <param name="Last">The place of the last row; null without rows.</param>
internal sealed record ReadLogPage(IReadOnlyList<LoggedRead> Reads, int Rows, int Unreadable, ReadLogPlace? Last)
{
    /// <summary>The columns that a query must return.</summary>
    public const string Columns = "Ingested, Reference, TimeGenerated, Uri, CallerIpAddress";

    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidDataException">It is not what the API documents, or says itself that it is not whole.</exception>
    public static ReadLogPage From(ReadOnlyMemory<byte> json)
    {
        using var answer = JsonDocument.Parse(json);
        var table = TableOf(answer.RootElement);
        var indexes = IndexesOf(table);
        var reads = new Dictionary<Guid, LoggedRead>();
        ReadLogPlace? last = null;
        var (rows, unreadable) = (0, 0);
        foreach (var row in table.GetProperty("rows").EnumerateArray())
        {
            rows++;
            var fields = Array.ConvertAll(indexes, index => TextAt(row, index));
            if (PlaceOf(fields) is { } place && (last is null || place.IsAfter(last))) last = place;
            if (!IsReadable(fields, out var read)) unreadable++;
            else if (read is not null) reads.TryAdd(read.Place.Reference, read);
        }

        return rows > 0 && last is null
            ? throw new InvalidDataException("The answer of the workspace has rows, but no time at which one was stored.")
            : new ReadLogPage([.. reads.Values], rows, unreadable, last);
    }

    private static JsonElement TableOf(JsonElement answer)
    {
        var isWhole = answer.ValueKind == JsonValueKind.Object
            && (!answer.TryGetProperty("error", out var error) || error.ValueKind == JsonValueKind.Null);
        if (!isWhole) throw new InvalidDataException("The workspace answered the query only in part.");
        return answer.TryGetProperty("tables", out var tables) && tables is { ValueKind: JsonValueKind.Array } && tables.GetArrayLength() > 0
            && tables[0] is { ValueKind: JsonValueKind.Object } table
            && table.TryGetProperty("rows", out var rows) && rows.ValueKind == JsonValueKind.Array
            ? table
            : throw new InvalidDataException("The answer of the workspace has no table.");
    }

    private static int[] IndexesOf(JsonElement table)
    {
        var names = table.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()).ToList();
        var indexes = Columns.Split(", ").Select(name => names.IndexOf(name)).ToArray();
        return indexes.Contains(-1) ? throw new InvalidDataException("The answer of the workspace lacks a column of the query.") : indexes;
    }

    private static string? TextAt(JsonElement row, int index)
    {
        var isText = row.ValueKind == JsonValueKind.Array && index < row.GetArrayLength() && row[index].ValueKind == JsonValueKind.String;
        try
        {
            return isText ? row[index].GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a character.
            return null;
        }
    }

    private static ReadLogPlace? PlaceOf(string?[] fields) => InstantOf(fields[0]) is { } ingested
        ? new ReadLogPlace(ingested, Guid.TryParseExact(fields[1], "D", out var reference) ? reference : Guid.Empty)
        : null;

    // A row that is no read of a pack is readable, and has none.
    private static bool IsReadable(string?[] fields, out LoggedRead? read)
    {
        read = null;
        if (PlaceOf(fields) is not { } place || place.Reference == Guid.Empty) return false;
        if (InstantOf(fields[2]) is not { } at || !Uri.TryCreate(fields[3], UriKind.Absolute, out var address)) return false;
        read = LoggedRead.From(place, at, address, fields[4]);
        return true;
    }

    private static DateTimeOffset? InstantOf(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            ? instant
            : null;
}
