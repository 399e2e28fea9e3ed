using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Slots;

[JsonConverter(typeof(CodeConverter<SlotStatus>))]
public enum SlotStatus
{
    Free,

    /// <summary>A booking is in progress, or stopped half-way.</summary>
    Reserved,
    Taken,
}
