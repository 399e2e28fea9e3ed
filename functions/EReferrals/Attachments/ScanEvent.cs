using System.Globalization;
using System.Text.Json;
using EReferrals.Referrals.Letters;
using EReferrals.Storage;

namespace EReferrals.Attachments;

/// <summary>
/// A verdict of the malware scanner (Defender for Storage, Event Grid type <c>Microsoft.Security.MalwareScanningResult</c>) on one attachment.
/// </summary>
/// <param name="Id">The id of the attachment.</param>
/// <param name="At">When the scan ended; null when the event has no time.</param>
public sealed record ScanEvent(string Id, AttachmentStatus Verdict, DateTimeOffset? At)
{
    private const string EventType = "Microsoft.Security.MalwareScanningResult";

    /// <summary>Returns the verdict; null when the body is not such an event, or when its blob is not an attachment.</summary>
    public static ScanEvent? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Only(document.RootElement) is { } only && Text(only, "eventType") == EventType && only.TryGetProperty("data", out var data)
                ? FromData(data)
                : null;
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            // The body is not JSON, or it contains an invalid string.
            return null;
        }
    }

    private static JsonElement? Only(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Object => root,
        JsonValueKind.Array when root.GetArrayLength() == 1 && root[0].ValueKind == JsonValueKind.Object => root[0],
        _ => null,
    };

    private static ScanEvent? FromData(JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object) return null;
        if (AttachmentIn(Text(data, "blobUri")) is not { } id || Text(data, "scanResultType") is not { Length: > 0 } result) return null;
        return new ScanEvent(id, VerdictOf(result), Instant(Text(data, "scanFinishedTimeUtc")));
    }

    private static AttachmentStatus VerdictOf(string result) => result switch
    {
        "No threats found" => AttachmentStatus.Available,
        "Malicious" => AttachmentStatus.ThreatsFound,
        _ => AttachmentStatus.ValidationFailed,
    };

    // The path ends in /attachments/{id}. The host differs between Azure and the emulator, which also puts the account name into the path.
    private static string? AttachmentIn(string? blobUri)
    {
        if (!Uri.TryCreate(blobUri, UriKind.Absolute, out var uri)) return null;
        var segments = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return segments is [.., Containers.Attachments, var id] && AttachmentId.TryParse(id, out var normalised) ? normalised : null;
    }

    private static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            ? instant
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
