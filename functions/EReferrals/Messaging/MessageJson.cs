using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Messaging;

/// <summary>The message bodies of this service.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(Submission))]
[JsonSerializable(typeof(ChangeMessage))]
[JsonSerializable(typeof(ChangeAddress))]
[JsonSerializable(typeof(FollowUp))]
[JsonSerializable(typeof(SnapshotRequest))]
internal sealed partial class MessageJson : JsonSerializerContext;

/// <summary>The body of a message on <c>worklist-changes</c>.</summary>
/// <param name="Worklist">Null only in a message that this service did not send.</param>
/// <param name="Revision">Null means 0.</param>
internal sealed record ChangeMessage(string? Worklist, Ubrn Ubrn, int Version, WorklistEntry? Entry, int? Revision = null);

/// <summary>The part of a <see cref="ChangeMessage"/> that names the worklist.</summary>
internal sealed record ChangeAddress(string? Worklist);

/// <summary>The body of a message on <c>worklist-snapshots</c>.</summary>
internal sealed record SnapshotRequest(string Worklist);
