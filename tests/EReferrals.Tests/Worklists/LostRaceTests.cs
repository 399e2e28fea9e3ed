using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Worklists;

/// <summary>Another consumer changes the same list at the worst moments of an update.</summary>
public sealed class LostRaceTests : IAsyncLifetime
{
    private StorageProxy _proxy = null!;
    private RunningApp _app = null!;

    public enum Moment
    {
        HeadRead,
        AppliedRead,
        Transaction,
    }

    public enum Rival
    {
        AnotherReferral,
        TheSameChanges,
        ANewerVersion,
        AnOlderVersion,
        ARemoval,
    }

    private WorklistReader Reader => _app.Services.GetRequiredService<WorklistReader>();

    private WorklistProjector Projector => _app.Services.GetRequiredService<WorklistProjector>();

    public async Task InitializeAsync()
    {
        _proxy = await StorageProxy.StartAsync();
        _app = await RunningApp.StartAsync(Place, state: null, "--Local:Timers=false");
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task No_change_is_dropped_or_numbered_twice_whichever_consumer_wins_at_any_moment()
    {
        foreach (var moment in Enum.GetValues<Moment>())
        foreach (var rival in Enum.GetValues<Rival>())
        {
            foreach (var isNew in new[] { true, false })
            {
                var list = new WorklistName($"Z{moment}{rival}{isNew}", Worklist.ReferralsForReview);
                if (!isNew) await Projector.ApplyAsync(list, [Change(list, 1, 1), Change(list, 2, 1)], default);
                WorklistChange[] changes = [Change(list, 1, 4), Change(list, 3, 1)];
                var rivals = RivalsOf(rival, list, changes);
                var happened = Once(visit => Is(visit, moment, list), () => Projector.ApplyAsync(list, rivals, default));

                await AnnounceAsync(changes);

                Assert.True(happened.Task.IsCompletedSuccessfully, $"{list} was never at that moment.");
                await HoldsAsync(list, isNew ? [.. changes, .. rivals] : [.. changes, .. rivals, Change(list, 2, 1)]);
            }
        }

        await NothingIsDeadAsync();
    }

    [Fact]
    public async Task A_committed_transaction_whose_response_is_lost_is_recognised_and_not_numbered_again()
    {
        var list = new WorklistName("ZLOST", Worklist.ReferralsForReview);
        await Projector.ApplyAsync(list, [Change(list, 1, 1)], default);
        var lost = 0;
        _proxy.IsResponseLost = visit => Is(visit, Moment.Transaction, list) && Interlocked.Increment(ref lost) == 1;

        await AnnounceAsync([Change(list, 1, 2), Change(list, 2, 1)]);

        Assert.Equal(2, (await Reader.HeadAsync(list, default)).Version);
        await HoldsAsync(list, [Change(list, 1, 2), Change(list, 2, 1)]);
        await NothingIsDeadAsync();
    }

    [Fact]
    public async Task A_consumer_that_loses_every_race_reschedules_its_changes_and_applies_them_later()
    {
        var list = new WorklistName("ZNEVER", Worklist.ReferralsForReview);
        var number = 100;
        var busy = true;
        _proxy.Before = async visit =>
        {
            // The rival uses the same proxy, which must let its requests through. A bare number could also be a version of the list, which has 12 digits too.
            var isRival = !visit.Body.Contains(TableKeys.Applied(Number(1)), StringComparison.Ordinal);
            if (isRival || !Volatile.Read(ref busy) || !Is(visit, Moment.Transaction, list)) return;

            await Projector.ApplyAsync(list, [Change(list, Interlocked.Increment(ref number), 1)], default);
        };
        await AnnounceWithoutRetriesAsync([Change(list, 1, 1), Change(list, 2, 1)]);
        Volatile.Write(ref busy, false);
        Assert.Null(await Reader.ShownAsync(list, Number(1), default));

        await Eventually.TrueAsync(
            async () => await Reader.ShownAsync(list, Number(1), default) is not null && await Reader.ShownAsync(list, Number(2), default) is not null);

        Assert.InRange(number - 100, 5, 20);
        Assert.Equal(number - 100 + 2, (await ListInvariants.HoldAsync(Reader, list)).Count);
        await NothingIsDeadAsync();
    }

    [Fact]
    public async Task A_list_that_fails_does_not_delay_or_repeat_changes_of_another_list()
    {
        var (failing, other) = (new WorklistName("ZFAILS", Worklist.ReferralsForReview), new WorklistName("ZWORKS", Worklist.ReferralsForReview));
        var (fails, written) = (true, 0);
        _proxy.Before = visit =>
        {
            if (Is(visit, Moment.Transaction, other)) written++;
            return Volatile.Read(ref fails) && Is(visit, Moment.Transaction, failing) ? throw new IOException("The store is away.") : Task.CompletedTask;
        };

        await AnnounceWithoutRetriesAsync([Change(failing, 1, 1), Change(other, 1, 1), Change(failing, 2, 1), Change(other, 2, 1)]);

        await HoldsAsync(other, [Change(other, 1, 1), Change(other, 2, 1)]);
        Assert.Equal(0, (await Reader.HeadAsync(failing, default)).Version);
        Volatile.Write(ref fails, false);
        await Eventually.TrueAsync(async () => (await Reader.HeadAsync(failing, default)).Count == 2);
        await HoldsAsync(failing, [Change(failing, 1, 1), Change(failing, 2, 1)]);
        Assert.Equal(1, written);
        await NothingIsDeadAsync();
    }

    private void Place(FunctionsApplicationBuilder builder) => RefusingStorageApp.Place(builder, "Records:ConnectionString", "TableEndpoint", _proxy);

    private static bool Is(ProxiedRequest visit, Moment moment, WorklistName list) => moment switch
    {
        Moment.HeadRead => visit.Method == "GET" && visit.Path.Contains($"RowKey='head:{list}'", StringComparison.Ordinal),
        Moment.AppliedRead =>
            visit.Method == "GET"
                && visit.Path.Contains($"PartitionKey='{list}'", StringComparison.Ordinal)
                && visit.Path.Contains("RowKey='r:", StringComparison.Ordinal),
        _ =>
            visit.Method == "POST" && visit.Path.Contains("$batch", StringComparison.Ordinal) && visit.Body.Contains(list.ToString(), StringComparison.Ordinal),
    };

    // The rival uses the same proxy, so that the hook is disarmed before the rival acts.
    private TaskCompletionSource Once(Func<ProxiedRequest, bool> isMoment, Func<Task> act)
    {
        var happened = new TaskCompletionSource();
        var armed = 1;
        _proxy.Before = async visit =>
        {
            if (!isMoment(visit) || Interlocked.Exchange(ref armed, 0) == 0) return;
            await act();
            happened.TrySetResult();
        };
        return happened;
    }

    private static WorklistChange[] RivalsOf(Rival rival, WorklistName list, WorklistChange[] changes) => rival switch
    {
        Rival.AnotherReferral => [Change(list, 4, 1)],
        Rival.TheSameChanges => changes,
        Rival.ANewerVersion => [Change(list, 1, 5), Change(list, 3, 2)],
        Rival.AnOlderVersion => [Change(list, 1, 3)],
        _ => [new WorklistChange(list, Number(1), 5, null), new WorklistChange(list, Number(3), 2, null)],
    };

    private async Task AnnounceAsync(WorklistChange[] changes)
    {
        await AnnounceWithoutRetriesAsync(changes);
        await _app.DrainAsync();
    }

    // Announces all changes in one batch and waits until it is processed once.
    private async Task AnnounceWithoutRetriesAsync(WorklistChange[] changes)
    {
        await _app.Local.PauseTriggersAsync();
        await _app.Services.GetRequiredService<ReferralBus>().AnnounceAsync(changes, "some", default);
        _app.Local.ResumeTriggers();
        await _app.Local.DrainAsync();
    }

    private async Task HoldsAsync(WorklistName list, WorklistChange[] made)
    {
        var expected = made.GroupBy(change => change.Ubrn).Select(ofOne => ofOne.MaxBy(change => change.Version)!).Where(change => change.Entry is not null);
        var entries = await ListInvariants.HoldAsync(Reader, list);
        Assert.Equal(
            expected.Select(change => $"{change.Ubrn} {change.Version}").Order(),
            entries.Select(entry => $"{entry.Key} {entry.Value}").Order());
    }

    private async Task NothingIsDeadAsync() =>
        Assert.Equal(0, await _app.Services.GetRequiredService<QuarantineTable>().CountAsync(Queues.DeadLetters, default));

    private static Ubrn Number(int number) => Ubrn.FromSequence(number);

    // Each version has a different position on the list.
    private static WorklistChange Change(WorklistName list, int number, int version)
    {
        var referral = Sample.ReferralAwaitingTriage((Priority)(version % 3)) with { Ubrn = Number(number) };
        return new WorklistChange(list, referral.Ubrn, version, WorklistEntry.From(referral) with { Version = version });
    }
}
