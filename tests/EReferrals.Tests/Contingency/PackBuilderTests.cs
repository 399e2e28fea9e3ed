using EReferrals.Contingency.Packs;
using EReferrals.Storage.Blobs;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Contingency;

public sealed class PackBuilderTests : IAsyncLifetime
{
    private static readonly PackName Hospital = new(Sample.Provider, PackSide.Provider);
    private static readonly PackName Practice = new(Sample.ReferringOrganisation, PackSide.Referrer);

    private readonly ClockedApp _clocked = new() { Settings = ["--Local:Timers=false"] };

    private RunningApp App => _clocked.App;

    public Task InitializeAsync() => _clocked.InitializeAsync();

    public Task DisposeAsync() => _clocked.DisposeAsync();

    [Fact]
    public async Task Packs_that_do_not_fit_into_one_run_are_built_by_the_next()
    {
        await ChangeAsync();

        await BuildOneAsync();
        var first = await MadeAsync();
        await BuildOneAsync();
        var second = await MadeAsync();

        Assert.Equal([Hospital], first.Keys);
        Assert.Equal([Hospital, Practice], second.Keys);
    }

    [Fact]
    public async Task A_postponed_pack_is_built_before_packs_that_changed_later()
    {
        await ChangeAsync();
        await BuildOneAsync();
        await ChangeAsync();

        await BuildOneAsync();
        var made = await MadeAsync();
        await BuildOneAsync();
        var later = await MadeAsync();

        Assert.Equal([Hospital, Practice], made.Keys);
        Assert.NotEqual(made[Hospital].Contents, later[Hospital].Contents);
        Assert.Equal(made[Practice], later[Practice]);
    }

    [Fact]
    public async Task Packs_are_built_once_in_a_quarter_of_an_hour_although_the_timer_runs_more_often()
    {
        var quarter = TimeSpan.FromMinutes(15);
        _clocked.Clock.Advance(quarter - TimeSpan.FromTicks(_clocked.Clock.GetUtcNow().UtcTicks % quarter.Ticks));
        var builder = App.Services.GetRequiredService<PackBuilder>();
        await ChangeAsync();

        await builder.BuildWhenDueAsync(CancellationToken.None);
        var first = await MadeAsync();
        await ChangeAsync();
        await builder.BuildWhenDueAsync(CancellationToken.None);
        var again = await MadeAsync();
        _clocked.Clock.Advance(quarter);
        await builder.BuildWhenDueAsync(CancellationToken.None);
        var later = await MadeAsync();

        Assert.Equal(first[Hospital], again[Hospital]);
        Assert.NotEqual(first[Hospital].Contents, later[Hospital].Contents);
    }

    [Fact]
    public void The_oldest_packs_are_built_first_and_hospitals_before_practices_of_the_same_run()
    {
        PackBuilder.ChangedPack[] changed =
        [
            Pack("A1", PackSide.Referrer, "09:00:05"),
            Pack("B1", PackSide.Provider, "09:02:30"),
            Pack("A2", PackSide.Referrer, "08:45:50"),
            Pack("B2", PackSide.Provider, "09:01:30"),
            Pack("A3", PackSide.Referrer, made: null),
            Pack("B3", PackSide.Provider, made: null),
        ];

        var order = PackBuilder.InOrder(changed).Select(pack => pack.Name.Organisation);

        Assert.Equal(["B3", "A3", "A2", "B2", "B1", "A1"], order);

        PackBuilder.ChangedPack Pack(string organisation, PackSide side, string? made) =>
            new(new PackName(organisation, side), [], made is null ? null : new StoredPack("", DateTimeOffset.Parse($"2026-11-25T{made}Z", null), 1, "tag"));
    }

    private async Task ChangeAsync()
    {
        await App.SubmitAsync(Sample.ReferringClinician);
        await _clocked.FifteenSecondsLaterAsync();
    }

    // The clock advances so much at each reading that a run has time for one pack only.
    private async Task BuildOneAsync()
    {
        await ActivatorUtilities.CreateInstance<PackBuilder>(App.Services, new SlowClock(_clocked.Clock)).BuildAllAsync(CancellationToken.None);
        _clocked.Clock.Advance(TimeSpan.FromMinutes(15));
    }

    private async Task<SortedDictionary<PackName, StoredPack>> MadeAsync()
    {
        var made = new SortedDictionary<PackName, StoredPack>(Comparer<PackName>.Create((one, other) => other.Side.CompareTo(one.Side)));
        foreach (var name in new[] { Hospital, Practice })
        {
            if (await App.Services.GetRequiredService<PackBlobs>().FindAsync(name, CancellationToken.None) is { } pack) made[name] = pack;
        }

        return made;
    }

    /// <summary>Advances three minutes at each reading.</summary>
    private sealed class SlowClock(TimeProvider clock) : TimeProvider
    {
        private int _looks;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override long GetTimestamp() => 180 * TimestampFrequency * _looks++;
    }
}
