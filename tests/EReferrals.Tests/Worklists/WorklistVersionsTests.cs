using EReferrals.Referrals.Lists;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Reading;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Worklists;

public sealed class WorklistVersionsTests
{
    private static readonly WorklistName List = new(Sample.Provider, Worklist.ReferralsForReview);

    private readonly WorklistVersions _versions;
    private long _version = 7;
    private int _reads;
    private TaskCompletionSource _hold = new();

    public WorklistVersionsTests()
    {
        _versions = new WorklistVersions(ReadAsync, new FakeTimeProvider(Sample.Now));
        _hold.SetResult();
    }

    [Fact]
    public async Task A_version_that_another_instance_has_shown_is_read()
    {
        await _versions.HeadAsync(List);
        _version = 8;

        Assert.Equal(8, (await _versions.HeadAsync(List, atLeast: 8)).Version);
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Callers_that_were_shown_a_later_version_share_their_reads()
    {
        await _versions.HeadAsync(List);

        _hold = new TaskCompletionSource();
        var callers = Enumerable.Range(0, 100).Select(_ => _versions.HeadAsync(List, atLeast: 8)).ToArray();
        var reads = _reads;
        _hold.SetResult();

        Assert.All(await Task.WhenAll(callers), head => Assert.Equal(7, head.Version));
        Assert.Equal(2, reads);
    }

    private async Task<WorklistHead> ReadAsync(WorklistName list)
    {
        Interlocked.Increment(ref _reads);
        await _hold.Task;
        return WorklistHead.Empty with { Version = _version };
    }
}
