using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Audit.Verification;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(AuditVerification))]
internal sealed partial class VerificationJson : JsonSerializerContext;
