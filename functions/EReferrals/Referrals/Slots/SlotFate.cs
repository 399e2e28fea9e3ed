namespace EReferrals.Referrals.Slots;

/// <summary>What must happen to a slot, as the referral that has it says.</summary>
public enum SlotFate
{
    /// <summary>Nothing: the slot is free, rightly taken, or reserved by a command that may still run.</summary>
    Keep,

    /// <summary>The reservation became a booking: the slot is taken.</summary>
    Take,

    /// <summary>The referral no longer has the appointment: the slot is free.</summary>
    Release,

    /// <summary>
    /// The reservation expired without a booking. The slot is free once the row of the referral has changed, so that the command that reserved the slot
    /// can no longer save the referral.
    /// </summary>
    ReleaseAfterFence,
}
