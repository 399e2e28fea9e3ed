using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Retention;

/// <summary>Why a number has no referral any more.</summary>
[JsonConverter(typeof(CodeConverter<Removal>))]
public enum Removal
{
    /// <summary>Its period of retention is over.</summary>
    Expired,

    /// <summary>It was registered in error, and an operator erased it.</summary>
    Erased,

    /// <summary>It was an alias of a referral that is gone.</summary>
    AliasOfGone,
}
