namespace EReferrals.Audit.Contents;

/// <summary>
/// Writes the audit of an answer that shows several referrals. Every entry is complete by itself, whatever became of other entries (decision 0015).
/// </summary>
public sealed class ListAudit(AuditTrail trail, DigestKeys keys)
{
    /// <summary>Completes when the record of all shown referrals is durable.</summary>
    /// <exception cref="AuditUnavailableException">It could not be stored. The answer must not be given.</exception>
    public Task WriteAsync(AuditEntry entry, ListedReferrals shown, CancellationToken cancellationToken) =>
        Task.WhenAll(PartsOf(shown).Select(part => trail.WriteAsync(entry with { Shown = part }, cancellationToken)));

    /// <summary>What the entries of an answer record of the referrals that it shows, one for each entry.</summary>
    internal IReadOnlyList<ShownReferrals> PartsOf(ListedReferrals shown) => shown.By(keys.Current);

    /// <summary>The filters of a read as the trail records them, such as <c>service=50001 priority=URGENT</c>; null without any.</summary>
    internal static string? FiltersOf(params ReadOnlySpan<(string Name, string? Value)> filters)
    {
        var chosen = new List<string>();
        foreach (var (name, value) in filters)
        {
            if (value is not null) chosen.Add($"{name}={value}");
        }

        return chosen.Count == 0 ? null : string.Join(' ', chosen);
    }
}
