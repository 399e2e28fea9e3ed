using EReferrals.Referrals.Values;

namespace EReferrals.Storage;

/// <param name="Ubrn">Null when the key is not used for a submission.</param>
/// <param name="BodyHash">The hash of the first request with this key; for a command, the hash of its method and path.</param>
public sealed record KeyRecord(Ubrn? Ubrn, string BodyHash, bool Claimed, DateTimeOffset At, string Tag)
{
    /// <summary>The id of the attachment when the key is used for an upload; else null.</summary>
    public string? Attachment { get; init; }
}
