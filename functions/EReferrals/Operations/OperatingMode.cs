using EReferrals.Referrals.Values;

namespace EReferrals.Operations;

/// <summary>The features that operators have temporarily switched off.</summary>
/// <param name="ReadOnly">All changes are refused; everything can be read.</param>
/// <param name="Uploads">Whether attachments can be uploaded.</param>
/// <param name="Booking">Whether appointments can be booked.</param>
/// <param name="Reason">Shown to every caller.</param>
/// <param name="Until">When operators expect to restore the features. Nothing ends automatically.</param>
public sealed record OperatingMode(bool ReadOnly, bool Uploads, bool Booking, string? Reason, DateTimeOffset? Until)
{
    /// <summary>The mode as the audit trail records it.</summary>
    internal string Recorded() => string.Join(
        ", ",
        new[]
        {
            $"read-only {(ReadOnly ? "on" : "off")}",
            $"uploads {(Uploads ? "on" : "off")}",
            $"booking {(Booking ? "on" : "off")}",
            Until is { } until ? $"until {InstantConverter.TextOf(until)}" : null,
            Reason is null ? null : $"reason: {Reason}",
        }.OfType<string>());

    public static OperatingMode Normal { get; } = new(ReadOnly: false, Uploads: true, Booking: true, Reason: null, Until: null);
}
