namespace EReferrals.Operations;

/// <summary>The features that operators have temporarily switched off.</summary>
/// <param name="ReadOnly">All changes are refused; everything can be read.</param>
/// <param name="Uploads">Whether attachments can be uploaded.</param>
/// <param name="Booking">Whether appointments can be booked.</param>
/// <param name="Reason">Shown to every caller.</param>
/// <param name="Until">When operators expect to restore the features. Nothing ends automatically.</param>
public sealed record OperatingMode(bool ReadOnly, bool Uploads, bool Booking, string? Reason, DateTimeOffset? Until)
{
    public static OperatingMode Normal { get; } = new(ReadOnly: false, Uploads: true, Booking: true, Reason: null, Until: null);
}
