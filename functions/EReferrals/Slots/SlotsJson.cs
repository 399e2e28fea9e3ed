using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Slots;

/// <param name="Next">The cursor of the next page; null on the last page.</param>
internal sealed record SlotsPage(
    IReadOnlyList<SlotView> Slots, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next);

/// <param name="Ubrn">The referral that has the slot; null for a free slot, and for readers other than the provider.</param>
internal sealed record SlotView(
    string Id, DateTimeOffset Start, DateTimeOffset End, Priority Priority, string? Clinician, SlotStatus Status, Ubrn? Ubrn)
{
    public static SlotView From(Slot slot) =>
        new(slot.Name.Id, slot.Start, slot.End, slot.Priority, slot.Clinician, slot.Status, slot.Hold?.Ubrn);
}

internal sealed record UploadedSlots(IReadOnlyList<UploadedSlot> Slots);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(SlotsPage))]
[JsonSerializable(typeof(UploadedSlots))]
internal sealed partial class SlotsJson : JsonSerializerContext;
