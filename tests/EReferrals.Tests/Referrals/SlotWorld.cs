using EReferrals.Referrals;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Referrals;

/// <summary>
/// One slot, three referrals and the processes that change them, written down step by step as the product takes them. Each step is one storage call.
/// </summary>
internal sealed class SlotWorld
{
    private readonly Ubrn[] _ubrns = [Ubrn.FromSequence(1), Ubrn.FromSequence(2), Ubrn.FromSequence(3)];
    private readonly Dictionary<Ubrn, (Referral Referral, int Tag)> _referrals;
    private readonly List<IEnumerator<int>> _running = [];
    private (Slot Slot, int Tag) _slot = (Sample.Slot(), 0);
    private DateTimeOffset _now = Sample.Now;
    private int _requests;

    public SlotWorld() => _referrals = _ubrns.ToDictionary(ubrn => ubrn, ubrn => (Sample.ReferralIn(ReferralState.NotBooked) with { Ubrn = ubrn }, 0));

    public int Holders => _referrals.Values.Count(row => SlotRules.SlotOf(row.Referral) is not null);

    public bool Agrees => _slot.Slot.Hold == _referrals.Values.Where(row => SlotRules.SlotOf(row.Referral) is not null)
        .Select(row => new SlotHold(row.Referral.Ubrn)).SingleOrDefault();

    public void Step(int choice)
    {
        var ubrn = _ubrns[choice % 3];
        switch (choice / 10)
        {
            case 0:
                _running.Add(Book(ubrn, $"{_requests++}").GetEnumerator());
                break;
            case 1:
                _running.Add(Cancel(ubrn).GetEnumerator());
                break;
            case 2 when choice % 2 == 0:
                _running.Add(Settle(ended: null).GetEnumerator());
                break;
            case 2 when choice % 5 == 0:
                _now += SlotTimes.Expiry;
                break;
            case 2 when choice % 7 == 0 && _running.Count > 0:
                // Killed: it never runs again.
                _running.RemoveAt(choice % _running.Count);
                break;
            default:
                if (_running.Count > 0 && _running[choice % _running.Count] is var process && !process.MoveNext()) _running.Remove(process);
                break;
        }
    }

    /// <summary>Everything that still runs is killed, time passes, and the follow-up settles the slot.</summary>
    public void Finish()
    {
        _running.Clear();
        _now += SlotTimes.Expiry;
        foreach (var step in Settle(ended: null)) _ = step;
    }

    private IEnumerable<int> Book(Ubrn ubrn, string request)
    {
        var found = _slot.Slot;
        yield return 0;
        var (before, tag) = _referrals[ubrn];
        yield return 0;
        var command = new Command.BookSlot(Sample.Named(Sample.BookableService), Sample.Named(found));
        if (ReferralRules.Decide(before, command, Sample.ReferringClinician, _now, "c") is not Decision.Changed { After: var after }) yield break;
        for (var isReserved = false; !isReserved;)
        {
            var read = _slot;
            yield return 0;
            if (SlotRules.Reserved(read.Slot, ubrn, request, _now + SlotTimes.Reserved) is not { } reserved) yield break;
            isReserved = TryReplace(read.Tag, reserved);
            yield return 0;
        }

        var isCommitted = TryReplace(ubrn, tag, after);
        yield return 0;
        foreach (var step in Settle(isCommitted ? null : request)) yield return step;
    }

    private IEnumerable<int> Cancel(Ubrn ubrn)
    {
        var (before, tag) = _referrals[ubrn];
        yield return 0;
        var command = new Command.CancelAppointment("PATIENT_ILL");
        if (ReferralRules.Decide(before, command, Sample.ReferringClinician, _now, "c") is not Decision.Changed { After: var after }) yield break;
        if (!TryReplace(ubrn, tag, after)) yield break;
        yield return 0;
        foreach (var step in Settle(ended: null)) yield return step;
    }

    private IEnumerable<int> Settle(string? ended)
    {
        while (true)
        {
            var read = _slot;
            yield return 0;
            if (read.Slot.Hold is not { } hold) yield break;
            var holder = _referrals[hold.Ubrn];
            yield return 0;
            var fate = SlotRules.FateOf(read.Slot, holder.Referral, _now, ended);
            if (fate == SlotFate.Keep) yield break;
            if (fate == SlotFate.ReleaseAfterFence)
            {
                if (!TryReplace(hold.Ubrn, holder.Tag, holder.Referral)) continue;
                yield return 0;
            }

            if (TryReplace(read.Tag, SlotRules.After(read.Slot, fate))) yield break;
        }
    }

    private bool TryReplace(int tag, Slot after)
    {
        if (_slot.Tag != tag) return false;
        _slot = (after, tag + 1);
        return true;
    }

    private bool TryReplace(Ubrn ubrn, int tag, Referral after)
    {
        if (_referrals[ubrn].Tag != tag) return false;
        _referrals[ubrn] = (after, tag + 1);
        return true;
    }

    private static class SlotTimes
    {
        public static readonly TimeSpan Reserved = TimeSpan.FromSeconds(25);
        public static readonly TimeSpan Expiry = TimeSpan.FromSeconds(30);
    }
}
