using EReferrals.Referrals.Lists;
using EReferrals.Storage.Blobs;
using EReferrals.Worklists.Reading;

namespace EReferrals.Worklists.Snapshots;

/// <summary>A snapshot and its source. It is parsed only when it is needed.</summary>
internal sealed record ListCopy(StoredSnapshot Stored, ListSource Source)
{
    public long Size => Stored.Content.ToMemory().Length;

    public WholeList Read() => SnapshotBlobs.FromJson(Stored.Content.ToMemory().Span);
}
