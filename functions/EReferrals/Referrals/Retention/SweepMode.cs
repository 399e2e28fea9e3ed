using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Retention;

[JsonConverter(typeof(CodeConverter<SweepMode>))]
public enum SweepMode
{
    /// <summary>Only finishes the erasures that operators ordered.</summary>
    Off,

    /// <summary>Counts what is due, and deletes nothing.</summary>
    DryRun,
    On,
}
