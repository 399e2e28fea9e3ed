using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Messaging;

/// <summary>The bodies of our messages.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(Submission))]
[JsonSerializable(typeof(ChangeMessage))]
[JsonSerializable(typeof(ChangeAddress))]
[JsonSerializable(typeof(FollowUp))]
[JsonSerializable(typeof(SnapshotRequest))]
internal sealed partial class MessageJson : JsonSerializerContext;

/// <summary>What <c>worklist-changes</c> carries.</summary>
/// <param name="Worklist">Null only in a message that is none of ours.</param>
/// <param name="Revision">Null for 0.</param>
internal sealed record ChangeMessage(string? Worklist, Ubrn Ubrn, int Version, WorklistEntry? Entry, int? Revision = null);

/// <summary>As much of a <see cref="ChangeMessage"/> as says which list it is for.</summary>
internal sealed record ChangeAddress(string? Worklist);

/// <summary>What <c>worklist-snapshots</c> carries.</summary>
internal sealed record SnapshotRequest(string Worklist);
