using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals;

namespace EReferrals.Messaging;

/// <summary>The bodies of our messages.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Submission))]
[JsonSerializable(typeof(ChangeMessage))]
[JsonSerializable(typeof(FollowUp))]
[JsonSerializable(typeof(SnapshotRequest))]
internal sealed partial class MessageJson : JsonSerializerContext;

/// <summary>What <c>worklist-changes</c> carries. The list is the message's session.</summary>
internal sealed record ChangeMessage(Ubrn Ubrn, int Version, WorklistEntry? Entry);

/// <summary>What <c>worklist-snapshots</c> carries.</summary>
internal sealed record SnapshotRequest(string Worklist);
