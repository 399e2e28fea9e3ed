using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;
using EReferrals.Retention.Sweeping;

namespace EReferrals.Retention;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(SweepProgress))]
[JsonSerializable(typeof(RetentionView))]
[JsonSerializable(typeof(KeptReferralView))]
internal sealed partial class RetentionJson : JsonSerializerContext;
