using System.Text;
using EReferrals.Storage.Chains;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Storage;

/// <summary>Trails of processes that write at the same time, change between both accounts, go on to new blobs, stop and name each other's blobs.</summary>
public sealed class ChainTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(25);

    [Fact]
    public void A_trail_that_nobody_changed_verifies() => Check(0, (trail, _) => Assert.Empty(trail.Findings()));

    [Fact]
    public void A_change_of_any_byte_is_found() => Check(1, (trail, choice) =>
    {
        var blob = choice.Of(trail.Blobs.Keys.Order(StringComparer.Ordinal));
        var content = trail.Blobs[blob];
        content[choice.Below(content.Length)] ^= (byte)(1 + choice.Below(255));

        Assert.NotEmpty(trail.Findings());
    });

    [Fact]
    public void A_removed_line_is_found() => Check(1, (trail, choice) =>
    {
        var blob = choice.Of(trail.Blobs.Keys.Order(StringComparer.Ordinal));
        var lines = Lines(trail.Blobs[blob]);
        var line = choice.Below(lines.Count);
        // The seal of a last group without entries is the newest tail.
        if (line == lines.Count - 1 && line > 0 && lines[line - 1].StartsWith("{\"seal\"", StringComparison.Ordinal)) return;
        lines.RemoveAt(line);
        trail.Blobs[blob] = Bytes(lines);

        Assert.True(lines.Count == 0 || trail.Findings().Count > 0);
    });

    [Fact]
    public void Lines_in_another_order_are_found() => Check(1, (trail, choice) =>
    {
        var blob = choice.Of(trail.Blobs.Keys.Order(StringComparer.Ordinal));
        var lines = Lines(trail.Blobs[blob]);
        var (one, other) = (choice.Below(lines.Count), choice.Below(lines.Count));
        if (lines[one] == lines[other]) return;
        (lines[one], lines[other]) = (lines[other], lines[one]);
        trail.Blobs[blob] = Bytes(lines);

        Assert.NotEmpty(trail.Findings());
    });

    [Fact]
    public void A_removed_blob_that_another_one_names_is_found() => Check(1, (trail, choice) =>
    {
        if (trail.Named().ToArray() is not { Length: > 0 } named) return;
        trail.Blobs.Remove(Trail.KeyOf(choice.Of(named)));

        Assert.Contains(trail.Findings(), finding => finding.Fault == ChainFault.BlobRemoved);
    });

    [Fact]
    public void A_blob_that_lost_groups_before_an_end_that_another_blob_names_is_found() => Check(1, (trail, choice) =>
    {
        if (trail.Named().ToArray() is not { Length: > 0 } named) return;
        var end = choice.Of(named);
        var lines = Lines(trail.Blobs[Trail.KeyOf(end)][..(int)end.Length]);
        var kept = lines.FindLastIndex(lines.Count - 2, lines.Count - 1, line => line.StartsWith("{\"seal\"", StringComparison.Ordinal));
        trail.Blobs[Trail.KeyOf(end)] = Bytes(lines[..(kept + 1)]);

        Assert.Contains(trail.Findings(), finding => finding.Fault == ChainFault.EndChanged);
    });

    [Fact]
    public void A_blob_under_the_name_of_another_one_is_found() => Check(2, (trail, choice) =>
    {
        var blobs = trail.Blobs.Keys.Order(StringComparer.Ordinal).ToArray();
        var (one, other) = (choice.Of(blobs), choice.Of(blobs));
        if (one == other) return;
        (trail.Blobs[one], trail.Blobs[other]) = (trail.Blobs[other], trail.Blobs[one]);

        Assert.Contains(trail.Findings(), finding => finding.Fault == ChainFault.Misplaced);
    });

    [Fact]
    public void It_is_found_when_every_blob_of_a_process_is_removed_and_another_process_names_one_of_them() => Check(2, (trail, choice) =>
    {
        if (trail.Listed().ToArray() is not { Length: > 0 } listed) return;
        trail.RemoveProcess(choice.Of(listed));

        Assert.Contains(trail.Findings(), finding => finding.Fault == ChainFault.BlobRemoved);
    });

    [Fact]
    public void It_is_found_when_a_process_is_left_with_one_blob_that_lost_groups_before_the_length_that_another_process_names() => Check(2, (trail, choice) =>
    {
        if (trail.Listed().ToArray() is not { Length: > 0 } listed) return;
        var blob = choice.Of(listed);
        var lines = Lines(trail.Blobs[Trail.KeyOf(blob)][..(int)blob.Length]);
        var kept = lines.FindLastIndex(lines.Count - 2, lines.Count - 1, line => line.StartsWith("{\"seal\"", StringComparison.Ordinal));
        trail.RemoveProcess(blob);
        trail.Blobs[Trail.KeyOf(blob)] = Bytes(lines[..(kept + 1)]);

        Assert.Contains(trail.Findings(), finding => finding.Fault == ChainFault.EndChanged);
    });

    [Fact]
    public void Each_of_very_many_blobs_is_named_by_several_processes() => Prop.ForAll(
        Gen.Choose(100, 250).ToArbitrary(),
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        (count, seed) =>
        {
            var choice = new Choice(seed);
            string[] processes = [.. Enumerable.Range(0, count).Select(_ => $"{choice.Below(int.MaxValue):x}{choice.Below(int.MaxValue):x}")];
            ListedLine.Blob[] blobs =
            [
                .. processes.SelectMany(process => (string[])[$"{process}.jsonl", $"{process}-drained.jsonl"])
                    .Select(name => new ListedLine.Blob(AuditAccounts.Audit, $"2026/11/29/09/{name}", 1)),
            ];

            var named = processes.Select(process => Neighbours.Choose(blobs, process)).ToArray();

            Assert.All(named, one => Assert.Equal(Neighbours.Most, one.Count));
            var times = named.SelectMany(one => one).CountBy(blob => blob.Name).ToArray();
            Assert.Equal(blobs.Length, times.Length);
            Assert.All(times, blob => Assert.True(blob.Value >= 5, $"{blob.Key} is named {blob.Value} times."));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5));

    private static void Check(int leastBlobs, Action<Trail, Choice> assert) => Prop.ForAll(
        StepOf.ListOf().Select(steps => steps.ToArray()).ToArbitrary(),
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        (steps, seed) =>
        {
            var trail = new Trail();
            foreach (var step in steps) trail.Take(step);
            if (trail.Blobs.Count >= leastBlobs) assert(trail, new Choice(seed));
        }).Check(Thorough);

    private static Gen<Step> StepOf =>
        from place in Gen.Choose(0, 2)
        from log in Gen.Choose(0, 2)
        from entries in Gen.Choose(0, 4)
        from hour in Gen.Choose(0, 3)
        from stops in Gen.Choose(0, 9)
        from looks in Gen.Choose(0, 2)
        select new Step(place, log, entries, IsNewHour: hour == 0, Stops: stops == 0, Looks: looks == 0);

    private static List<string> Lines(byte[] content) => [.. Encoding.UTF8.GetString(content).Split('\n')[..^1]];

    private static byte[] Bytes(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line}\n")));

    /// <param name="Place">Which of the processes that run at the same time writes.</param>
    /// <param name="Log">Which of the chains of the process writes: that of the audit account, of its reserve or of drained entries.</param>
    /// <param name="Stops">Whether the process stops afterwards and another one takes its place.</param>
    /// <param name="Looks">Whether the process names blobs of other processes.</param>
    private sealed record Step(int Place, int Log, int Entries, bool IsNewHour, bool Stops, bool Looks);

    private sealed class Choice(int seed)
    {
        private int _rest = seed;

        public int Below(int limit)
        {
            var chosen = _rest % limit;
            _rest = (int)(((_rest * 1_103_515_245L) + 12_345) % int.MaxValue);
            return chosen;
        }

        public T Of<T>(IEnumerable<T> items)
        {
            var all = items.ToArray();
            return all[Below(all.Length)];
        }
    }

    private sealed class Trail
    {
        private static readonly string[] Accounts = [AuditAccounts.Audit, AuditAccounts.Reserve, AuditAccounts.Audit];

        private readonly Process[] _running = [new("p0"), new("p1"), new("p2")];
        private int _started = 3;
        private int _hour;
        private int _entry;

        public Dictionary<string, byte[]> Blobs { get; } = [];

        public static string KeyOf(ChainEnd end) => $"{end.Account} {end.Blob}";

        public static string KeyOf(ListedLine.Blob blob) => $"{blob.Account} {blob.Name}";

        public void Take(Step step)
        {
            if (step.IsNewHour) _hour++;
            var (name, ends, told) = _running[step.Place];
            var blob = $"2026/11/29/{_hour:D2}/{name}-{step.Log}.jsonl";
            var entries = Bytes(Enumerable.Range(0, step.Entries).Select(_ => $$"""{"what":"REFERRAL_READ","id":{{_entry++}}}"""));
            byte[] lines = [.. Chain.LinesOf(step.Looks ? Neighbours.Choose(OthersOf(name), name) : []), .. entries];
            var others = ends.Where((_, log) => log != step.Log).OfType<ChainEnd>().Except(told[step.Log]).ToArray();
            var (bytes, end) = Chain.Seal(Accounts[step.Log], blob, ends[step.Log], lines, others);
            Blobs[KeyOf(end)] = [.. Blobs.GetValueOrDefault(KeyOf(end), []), .. bytes];
            Assert.Equal(end.Length, Blobs[KeyOf(end)].Length);
            told[step.Log].AddRange(others);
            ends[step.Log] = end;
            if (step.Stops) _running[step.Place] = new Process($"p{_started++}");
        }

        public void RemoveProcess(ListedLine.Blob blob)
        {
            var process = ProcessOf(KeyOf(blob));
            foreach (var key in Blobs.Keys.Where(key => ProcessOf(key) == process).ToArray()) Blobs.Remove(key);
        }

        public IEnumerable<ListedLine.Blob> Listed() => Blobs.SelectMany(blob =>
        {
            using var check = CheckOf(blob.Key, blob.Value);
            return check.Listed.Select(listed => listed.Blob).ToArray();
        });

        public IReadOnlyList<ChainFinding> Findings() =>
        [
            .. Blobs.SelectMany(blob =>
            {
                using var check = CheckOf(blob.Key, blob.Value);
                ChainFinding?[] named =
                [
                    Look(check.After, isLast: true),
                    .. check.Others.Select(other => Look(other.End, isLast: false)),
                    .. check.Listed.Select(listed => Look(listed.Blob)),
                ];
                return check.Findings.Concat(named.OfType<ChainFinding>()).ToArray();
            }),
        ];

        public IEnumerable<ChainEnd> Named() => Blobs.SelectMany(blob =>
        {
            using var check = CheckOf(blob.Key, blob.Value);
            return check.Others.Select(other => other.End).Concat(check.After is { } after ? [after] : []).ToArray();
        });

        private ChainFinding? Look(ChainEnd? end, bool isLast)
        {
            if (end is null) return null;
            var fault = Blobs.TryGetValue(KeyOf(end), out var content) ? Chain.Compare(end, isLast, content, from: 0) : ChainFault.BlobRemoved;
            return fault is { } found ? new ChainFinding(found, 1, 1, end) : null;
        }

        private ChainFinding? Look(ListedLine.Blob listed)
        {
            if (!Blobs.TryGetValue(KeyOf(listed), out var content)) return new ChainFinding(ChainFault.BlobRemoved, 1, 1);
            return content.Length < listed.Length ? new ChainFinding(ChainFault.EndChanged, 1, 1) : null;
        }

        private ListedLine.Blob[] OthersOf(string process) =>
        [
            .. Blobs.Where(blob => ProcessOf(blob.Key) != process)
                .Select(blob => new ListedLine.Blob(blob.Key.Split(' ')[0], blob.Key.Split(' ')[1], blob.Value.Length)),
        ];

        private static string ProcessOf(string key) => key.Split('/')[^1].Split('-')[0];

        private static ChainCheck CheckOf(string key, byte[] content)
        {
            var check = new ChainCheck(key[..key.IndexOf(' ', StringComparison.Ordinal)], key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            var rest = content.AsSpan();
            while (rest.IndexOf((byte)'\n') is >= 0 and var end)
            {
                check.Add(rest[..end]);
                rest = rest[(end + 1)..];
            }

            if (!rest.IsEmpty) check.Add(rest);
            check.Complete(endsWithLineFeed: rest.IsEmpty);
            return check;
        }

        /// <param name="Told">What each of its chains has named.</param>
        private sealed record Process(string Name, ChainEnd?[] Ends, List<ChainEnd>[] Told)
        {
            public Process(string name)
                : this(name, new ChainEnd?[3], [[], [], []])
            {
            }
        }
    }
}
