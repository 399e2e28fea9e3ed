namespace EReferrals.Operations;

/// <summary>What operators have switched off for a while.</summary>
/// <param name="ReadOnly">Nothing is accepted; everything can be read.</param>
/// <param name="Uploads">Whether attachments are taken.</param>
/// <param name="Booking">Whether appointments are booked.</param>
/// <param name="Reason">Shown to everybody.</param>
/// <param name="Until">When operators expect the end. Nothing ends by itself.</param>
public sealed record OperatingMode(bool ReadOnly, bool Uploads, bool Booking, string? Reason, DateTimeOffset? Until)
{
    public static OperatingMode Normal { get; } = new(ReadOnly: false, Uploads: true, Booking: true, Reason: null, Until: null);
}
