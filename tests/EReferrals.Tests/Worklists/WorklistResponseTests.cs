using EReferrals.Http;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Reading;
using EReferrals.Worklists.Snapshots;

namespace EReferrals.Tests.Worklists;

public class WorklistResponseTests
{
    private static readonly WorklistQuery Query = new(WorklistFilter.None, Cursor: null, WorklistQuery.DefaultLimit, Representation.Create("any"));

    [Fact]
    public void Without_any_copy_the_list_is_unavailable() =>
        Assert.Equal(new WorklistResponse.Unavailable(StaleList.Nowhere), Choose(snapshot: null, lastShown: null));

    [Fact]
    public void A_snapshot_as_new_as_the_last_page_wins() =>
        Assert.Equal((ListSource.Snapshot, 5), SourceAndVersion(Choose(snapshot: 5, lastShown: 5)));

    [Fact]
    public void The_last_page_wins_over_an_older_snapshot() =>
        Assert.Equal((ListSource.Memory, 6), SourceAndVersion(Choose(snapshot: 5, lastShown: 6)));

    [Fact]
    public void The_last_page_is_shown_when_there_is_no_snapshot() =>
        Assert.Equal((ListSource.Memory, 6), SourceAndVersion(Choose(snapshot: null, lastShown: 6)));

    [Theory]
    [InlineData(5L, null, ListSource.Snapshot)]
    [InlineData(null, 5L, ListSource.Memory)]
    public void A_copy_that_the_caller_already_has_is_not_sent_again(long? snapshot, long? lastShown, object source) =>
        Assert.Equal(new WorklistResponse.NotModified(5, Sample.Now, (ListSource)source), Choose(snapshot, lastShown, callerHas: 5));

    private static WorklistResponse Choose(long? snapshot, long? lastShown, long? callerHas = null) => WorklistResponse.FromCopies(
        snapshot is { } stored ? Snapshot(stored) : null,
        lastShown is { } shown ? new WorklistPage(shown, Sample.Now, "[]"u8.ToArray(), LastSortKey: null) : null,
        Query,
        version => version == callerHas);

    private static ListCopy Snapshot(long version)
    {
        var list = new WholeList(Sample.Provider, Worklist.ReferralsForReview, version, Sample.Now, []);
        return new ListCopy(new StoredSnapshot(BinaryData.FromBytes(SnapshotBlobs.ToJson(list)), version, "tag"), ListSource.Snapshot);
    }

    private static (ListSource Source, long Version) SourceAndVersion(WorklistResponse response)
    {
        var copy = Assert.IsType<WorklistResponse.Copy>(response);
        return (copy.Source, copy.Content.Version);
    }
}
