using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage;

/// <summary>The JSON form of stored values. Members may be added; never rename a member, because stored rows contain it.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(InstantConverter), typeof(StoredProblemConverter)])]
[JsonSerializable(typeof(Referral))]
[JsonSerializable(typeof(ReferralEvent))]
[JsonSerializable(typeof(WorklistEntry))]
[JsonSerializable(typeof(WholeList))]
[JsonSerializable(typeof(IReadOnlyList<ListedChange>))]
[JsonSerializable(typeof(IReadOnlyList<OpenReferral>))]
[JsonSerializable(typeof(IReadOnlyList<Succession>))]
[JsonSerializable(typeof(Transfer))]
[JsonSerializable(typeof(Tombstone))]
internal sealed partial class StorageJson : JsonSerializerContext;
