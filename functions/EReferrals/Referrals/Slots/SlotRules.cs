using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Slots;

/// <summary>The rules for slots. Pure: no clock, no storage.</summary>
public static class SlotRules
{
    public const string NotAvailable = "SLOT_NOT_AVAILABLE";

    /// <summary>The slot of the referral's appointment; null when it has no appointment, or one that the provider arranged without a slot.</summary>
    public static SlotName? SlotOf(Referral referral) => referral.Appointment?.Slot is { } id ? new SlotName(referral.Service.Id, id) : null;

    /// <summary>The slot that a change books; null when it books none.</summary>
    public static SlotName? BookedBy(Referral before, Referral after) => SlotOf(after) is { } slot && slot != SlotOf(before) ? slot : null;

    /// <summary>The slot that a change gives back; null when it gives none back.</summary>
    public static SlotName? ReleasedBy(Referral before, Referral after) => SlotOf(before) is { } slot && slot != SlotOf(after) ? slot : null;

    /// <summary>The slots whose rows a change affects.</summary>
    public static IReadOnlyList<SlotName> Touched(Referral before, Referral after) =>
        [.. new[] { BookedBy(before, after), ReleasedBy(before, after) }.OfType<SlotName>()];

    /// <summary>
    /// The slot, reserved for a referral; null when another referral has it. A reservation of the same referral is replaced: of two commands on one
    /// referral at most one is saved.
    /// </summary>
    public static Slot? Reserved(Slot slot, Ubrn ubrn, string request, DateTimeOffset until) =>
        slot.Hold is null || slot.Hold.Ubrn == ubrn ? slot with { Hold = new SlotHold(ubrn, until, request) } : null;

    /// <param name="holder">The referral that <see cref="Slot.Hold"/> names; null when it does not exist.</param>
    /// <param name="ended">The request that has given up its reservation; null for none.</param>
    public static SlotFate FateOf(Slot slot, Referral? holder, DateTimeOffset now, string? ended = null) => slot.Hold switch
    {
        null => SlotFate.Keep,
        var hold when holder is not null && SlotOf(holder) == slot.Name => hold.IsReservation ? SlotFate.Take : SlotFate.Keep,
        { IsReservation: false } => SlotFate.Release,
        var hold => HasExpired(slot, now) || hold.Request == ended ? SlotFate.ReleaseAfterFence : SlotFate.Keep,
    };

    public static bool HasExpired(Slot slot, DateTimeOffset now) => slot.Hold is { Until: { } until } && until <= now;

    /// <summary>The slot after its fate.</summary>
    public static Slot After(Slot slot, SlotFate fate) => fate switch
    {
        SlotFate.Take => slot with { Hold = new SlotHold(slot.Hold!.Ubrn) },
        SlotFate.Release or SlotFate.ReleaseAfterFence => slot with { Hold = null },
        _ => slot,
    };

    /// <summary>Whether the referral could book the slot now.</summary>
    public static bool IsOpenTo(Slot slot, Ubrn ubrn, DateTimeOffset now) => slot.Start > now && (slot.Hold is null || slot.Hold.Ubrn == ubrn);

    /// <summary>Why the referral cannot book the slot at this service; null when it can.</summary>
    public static Refusal? WhyNotBooked(NamedSlot slot, string service, Referral referral, DateTimeOffset now) => slot.Found switch
    {
        null => new Refusal("SlotMustBeKnown", "REFERENCE_NOT_FOUND", $"Service {service} has no slot {slot.Id}.", "/slot"),
        var found when found.Name.Service != service => WhyNotOfService(slot, service),
        var found when !IsOpenTo(found, referral.Ubrn, now) => WhyNotAvailable(found.Name),
        _ => null,
    };

    public static Refusal WhyNotOfService(NamedSlot slot, string service) =>
        new("SlotMustBelongToService", "INAPPROPRIATE_SLOT", $"Slot {slot.Id} belongs to another service than {service}.", "/slot");

    public static Refusal WhyNotAvailable(SlotName slot) => new(
        "SlotMustBeFree", NotAvailable, $"Slot {slot.Id} of service {slot.Service} is booked, was changed, or has started. Choose another slot.", "/slot");

    public static Appointment AppointmentOf(Slot slot) => new(slot.Start, slot.End, slot.Clinician) { Slot = slot.Name.Id };
}
