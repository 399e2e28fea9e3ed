using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Storage;

/// <summary>Runs consumers with arbitrarily interleaved steps on an in-memory partition that enforces the rules of the store.</summary>
public sealed class ListUpdateTests
{
    private const int Consumers = 3;

    private static readonly WorklistName List = new("R69", Worklist.ReferralsForReview);

    [Fact]
    public void In_any_order_and_with_repeats_list_and_feed_agree_on_the_newest_version_of_each_referral()
    {
        var property = Prop.ForAll(RunOf.ToArbitrary(), run =>
        {
            var partition = new Partition();
            var consumers = run.Batches.Select(batches => new Consumer(partition, batches)).ToArray();
            foreach (var turn in run.Turns) consumers[turn].Step();
            while (consumers.Any(consumer => !consumer.IsDone)) Array.ForEach(consumers, consumer => consumer.Step());

            var newest = ListUpdate.Newest(run.Batches.SelectMany(batches => batches).SelectMany(batch => batch));
            Assert.Equal(
                newest.Where(change => change.Entry is not null).Select(change => TableKeys.Entry(change.Entry!)).Order(),
                partition.Entries.Order());
            Assert.Equal((partition.Feed.Count, partition.Entries.Count), ((int)partition.Head.Version, partition.Head.Count));
            var fed = partition.Feed.SelectMany(changes => changes).ToArray();
            Assert.All(
                fed.GroupBy(change => change.Ubrn), ofOne => Assert.Equal(ofOne.Select(ListUpdate.Age).Distinct().Order(), ofOne.Select(ListUpdate.Age)));
            Assert.Equal(newest.Select(Text).Order(), fed.GroupBy(change => change.Ubrn).Select(ofOne => Text(ofOne.Last())).Order());
        });

        property.Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(60));
    }

    private static Gen<Run> RunOf =>
        from batches in ChangeOf.ListOf().Select(changes => changes.ToArray()).ListOf().Select(list => list.ToArray()).ArrayOf(Consumers)
        from repeated in Gen.Choose(0, Consumers - 1)
        from turns in Gen.Choose(0, Consumers - 1).ListOf()
        // Some messages of one consumer are also delivered to the next.
        select new Run([.. batches.Select((own, index) => index == repeated ? own.Concat(batches[(index + 1) % Consumers]).ToArray() : own)], [.. turns]);

    private static Gen<WorklistChange> ChangeOf =>
        from number in Gen.Choose(1, 4)
        from version in Gen.Choose(1, 4)
        from revision in Gen.Choose(0, 2)
        from marks in Gen.Choose(0, 1)
        select Change(number, version, revision, marks);

    // A version always has the same content: every third one leaves the list, and each has another position.
    private static WorklistChange Change(int number, int version, int revision, int marks)
    {
        var referral = Sample.ReferralAwaitingTriage((Priority)(version % 3)) with { Ubrn = Ubrn.FromSequence(number) };
        var entry = WorklistEntry.From(referral) with { Version = version, Overdue = marks == 0 ? null : [Overdue.Review] };
        return new WorklistChange(List, referral.Ubrn, version, (number + version) % 3 == 0 ? null : entry) { Revision = revision };
    }

    private static string Text(WorklistChange change) => $"{change.Ubrn} {ListUpdate.Age(change)} {change.Entry?.SortKey}";

    private sealed record Run(WorklistChange[][][] Batches, int[] Turns);

    private sealed class Partition
    {
        public WorklistHead Head { get; private set; } = WorklistHead.Empty;

        public Dictionary<Ubrn, AppliedChange> Applied { get; } = [];

        public HashSet<string> Entries { get; } = [];

        public List<IReadOnlyList<WorklistChange>> Feed { get; } = [];

        /// <summary>Returns false when the head has moved, or when a row exists that is expected to be new.</summary>
        public bool TryCommit(WorklistHead read, ListUpdate update)
        {
            if (Head != read || update.Updates.Any(one => one.Before is null && Applied.ContainsKey(one.Change.Ubrn))) return false;
            foreach (var (change, before) in update.Updates)
            {
                var key = change.Entry is null ? null : TableKeys.Entry(change.Entry);
                if (before?.EntryKey is { } old && old != key) Assert.True(Entries.Remove(old), "An entry is deleted that is not there.");
                if (key is not null) Entries.Add(key);
                Applied[change.Ubrn] = new AppliedChange(change.Version, change.Revision, change.Entry?.Marks ?? 0, key);
            }

            Head = update.Head;
            Feed.Add([.. update.Updates.Select(one => one.Change)]);
            return true;
        }
    }

    /// <summary>Reads the head, reads the applied changes and commits, one of these at each step.</summary>
    private sealed class Consumer(Partition partition, IEnumerable<WorklistChange[]> batches)
    {
        private readonly Queue<WorklistChange[]> _batches = new(batches);
        private WorklistHead? _head;
        private Dictionary<Ubrn, AppliedChange>? _applied;
        private bool _asksAll;

        public bool IsDone => _batches.Count == 0;

        public void Step()
        {
            if (IsDone) return;
            var changes = ListUpdate.Newest(_batches.Peek()).ToArray();
            if (_head is null) _head = partition.Head;
            else if (_applied is null)
            {
                _applied = changes.Where(change => _asksAll || change.Version > 1 || change.Revision > 1)
                    .Where(change => partition.Applied.ContainsKey(change.Ubrn))
                    .ToDictionary(change => change.Ubrn, change => partition.Applied[change.Ubrn]);
            }
            else Commit(changes);
        }

        private void Commit(WorklistChange[] changes)
        {
            var isDone = ListUpdate.From(_head!, changes, _applied!) is not { } update || partition.TryCommit(_head!, update);
            if (isDone) _batches.Dequeue();
            (_head, _applied, _asksAll) = (null, null, !isDone);
        }
    }
}
