using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Slots;

/// <summary>
/// Which referral has a slot. A slot is first reserved, then the referral is saved with the appointment, then the slot is taken. Only the referral
/// says whether a reservation became a booking.
/// </summary>
/// <param name="Until">When the reservation expires; null when the slot is taken.</param>
/// <param name="Request">The idempotency key (as a hash) or else the correlation id of the command that reserved the slot; null when it is taken.</param>
public sealed record SlotHold(Ubrn Ubrn, DateTimeOffset? Until = null, string? Request = null)
{
    public bool IsReservation => Until is not null;
}
