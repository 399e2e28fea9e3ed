namespace EReferrals.Referrals.Slots;

/// <summary>A slot that a command names.</summary>
/// <param name="Found">The slot; null when there is none with this id.</param>
public sealed record NamedSlot(string Id, Slot? Found);
