using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Audit.Verification;

[JsonConverter(typeof(CodeConverter<BlobVerdict>))]
internal enum BlobVerdict
{
    Whole,
    Broken,
}
