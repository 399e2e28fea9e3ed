using EReferrals.Referrals.Organisations;
using EReferrals.Storage.Tables;

namespace EReferrals.Services.Approval;

/// <summary>The versions of a service, oldest first.</summary>
internal sealed record ServiceHistory(string Id, IReadOnlyList<ServiceVersionView> Versions)
{
    /// <summary>
    /// The history for this reader. Who may see everything sees every version as its provider defined it. Others see the versions that changed what
    /// everybody sees, without the names of users. Null when the reader sees nothing.
    /// </summary>
    /// <param name="versions">The earlier versions and the current one; empty when the service is older than its history.</param>
    public static ServiceHistory? For(Actor reader, ServiceVersion current, IReadOnlyList<ServiceVersion> versions)
    {
        if (versions.Count == 0) versions = [current];
        var id = current.Entry.Defined.Id;
        if (current.Entry.MaySeeAll(reader)) return new ServiceHistory(id, [.. versions.Select(ServiceVersionView.Whole)]);
        var shown = versions.Where((version, index) => version.Entry.Shown is { } now && (index == 0 || Differs(versions[index - 1].Entry.Shown, now)));
        return current.Entry.Shown is null ? null : new ServiceHistory(id, [.. shown.Select(ServiceVersionView.Shown)]);
    }

    private static bool Differs(Service? before, Service now) => before is null || !ServiceTable.AreEqual(before, now);
}

/// <param name="At">Null for the version from before the history began, like <paramref name="What"/> and <paramref name="By"/>.</param>
/// <param name="Status">Null for readers who see only what is approved.</param>
/// <param name="Service">As its provider defined it, or as everybody saw it.</param>
internal sealed record ServiceVersionView(
    int Version,
    DateTimeOffset? At,
    ServiceAction? What,
    ServiceActor? By,
    string? Comments,
    string? CorrelationId,
    ApprovalStatus? Status,
    ServiceView Service)
{
    public static ServiceVersionView Whole(ServiceVersion version)
    {
        var change = version.Entry.Change;
        return new ServiceVersionView(
            version.Version, change?.At, change?.What, ServiceActor.From(change?.By), change?.Comments, change?.CorrelationId,
            version.Entry.Status, ServiceView.Plain(version.Entry.Defined));
    }

    public static ServiceVersionView Shown(ServiceVersion version)
    {
        var change = version.Entry.Change;
        var by = ServiceActor.From(change?.By);
        return new ServiceVersionView(
            version.Version, change?.At, change?.What, by is null ? null : by with { User = null }, Comments: null, CorrelationId: null, Status: null,
            ServiceView.Plain(version.Entry.Shown!));
    }
}
