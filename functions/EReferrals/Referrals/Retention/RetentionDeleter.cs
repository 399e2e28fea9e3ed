using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Retention;

/// <summary>What deletes data of a kind when its period is over.</summary>
[JsonConverter(typeof(CodeConverter<RetentionDeleter>))]
public enum RetentionDeleter
{
    /// <summary>The sweeper of this service.</summary>
    Sweeper,

    /// <summary>A lifecycle rule of the storage account.</summary>
    LifecycleRule,

    /// <summary>The part of the service that has used the data up, or that overwrites it.</summary>
    Service,

    /// <summary>An operator, by hand.</summary>
    Operator,

    /// <summary>Nothing: it is kept for as long as the service exists.</summary>
    Nothing,
}
