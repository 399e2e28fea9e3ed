using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Slots;

/// <summary>A time at a service that its provider offers for booking.</summary>
/// <param name="Clinician">The user id of the clinician who is seen; null when the provider names none.</param>
public sealed record Slot(SlotName Name, DateTimeOffset Start, DateTimeOffset End, Priority Priority, string? Clinician = null)
{
    /// <summary>The referral that has the slot; null when the slot is free.</summary>
    public SlotHold? Hold { get; init; }

    public SlotStatus Status => Hold switch
    {
        null => SlotStatus.Free,
        { IsReservation: true } => SlotStatus.Reserved,
        _ => SlotStatus.Taken,
    };
}
