using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Values;

namespace EReferrals.Attachments;

internal sealed record AttachmentReceipt(string Id, string Name, string ContentType, long Size, string Sha256, AttachmentStatus Status);

internal sealed record AttachmentScan(string Id, AttachmentStatus Status, DateTimeOffset? ScannedAt);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(AttachmentReceipt))]
[JsonSerializable(typeof(AttachmentScan))]
internal sealed partial class AttachmentJson : JsonSerializerContext;
