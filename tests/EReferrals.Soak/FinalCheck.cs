using System.Diagnostics;
using System.Text.Json.Nodes;

namespace EReferrals.Soak;

/// <summary>
/// Checks the service against the ledger after all faults have ended. Each accepted key has one referral, which is on exactly the lists of its state, at its
/// version and with the other open referrals of its patient. Each successful command is in the history. A hospital that only followed the changes has the
/// current list. The quarantine is empty.
/// </summary>
internal sealed class FinalCheck(SoakApp app, Hospitals hospitals, Ledger ledger, SoakReport report)
{
    private const int AtOnce = 8;

    // The longest back-off after an outage of a few seconds, plus the 30 s of a follow-up.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(90);

    private static readonly string[] ProviderLists = ["REFERRALS_FOR_REVIEW", "APPOINTMENT_SLOT_ISSUES", "APPOINTMENTS_FOR_BOOKING"];
    private static readonly string[] ReferrerLists =
        ["AWAITING_BOOKING", "LETTERS_OUTSTANDING", "REJECTED_TRIAGE_RESPONSE", "ASSESSMENT_RETURNED_CANCELLED_DNA"];

    public async Task CheckAsync()
    {
        using var practice = Caller.Practice(app, ledger);
        var waiting = Stopwatch.StartNew();
        Findings findings;
        do
        {
            findings = await FindAsync(practice);
            Console.WriteLine(
                $"{waiting.Elapsed.TotalSeconds:0} s after the end: {findings.Lost.Count} lost, {findings.Invisible.Count} invisible, "
                    + $"{findings.WronglyNamed.Count} with wrong possible duplicates");
            if (findings.IsSettled) break;
            await Task.Delay(TimeSpan.FromSeconds(3));
        }
        while (waiting.Elapsed < Settling);

        report.Count("accepted (202)", ledger.Submissions.Values.Count(ubrn => ubrn is not null));
        report.Count("successful commands (200)", ledger.Commands.Count);
        report.Count("requests without a response", ledger.Unanswered);
        foreach (var (status, count) in ledger.Statuses.OrderBy(pair => pair.Key)) report.Count($"responses {status}", count);
        report.Must("referrals lost", findings.Lost);
        report.Must("referrals doubled", findings.Doubled);
        report.Must("referrals invisible or on a wrong list", findings.Invisible);
        report.Must("referrals with wrong possible duplicates", findings.WronglyNamed);
        report.Must("changes missed by a hospital that follows its list", await MissedChangesAsync());
        report.Must("commands lost", await LostCommandsAsync());
        report.Must("dead letters", await DeadLettersAsync());
        report.Must("unexpected responses", [.. ledger.UnexpectedResponses]);
    }

    private async Task<Findings> FindAsync(Caller practice)
    {
        var findings = new Findings();
        var (lists, named) = await ReadListsAsync(practice);
        var numbers = ledger.Submissions.Where(pair => pair.Value is not null).Select(pair => (pair.Key, Ubrn: pair.Value!))
            .Concat(ledger.OtherNumbers.Select(pair => (pair.Key, pair.Ubrn)));
        var referrals = new Dictionary<string, (string Key, JsonObject Referral)>();
        foreach (var batch in numbers.Chunk(AtOnce))
        {
            foreach (var (key, ubrn, referral) in await Task.WhenAll(batch.Select(one => ReadAsync(practice, one.Key, one.Ubrn))))
            {
                if (referral is null) findings.Lost.Add($"{ubrn} (key {key})");
                else referrals[referral["ubrn"]!.GetValue<string>()] = (key, referral);
            }
        }

        foreach (var ofOneKey in referrals.Values.GroupBy(pair => pair.Key).Where(group => group.Count() > 1))
        {
            findings.Doubled.Add($"key {ofOneKey.Key}: {string.Join(", ", ofOneKey.Select(pair => pair.Referral["ubrn"]))}");
        }

        Compare(referrals.Values.Select(pair => pair.Referral), lists, findings);
        CompareNames([.. referrals.Values.Select(pair => pair.Referral)], named, findings);
        return findings;
    }

    private static async Task<(string Key, string Ubrn, JsonObject? Referral)> ReadAsync(Caller practice, string key, string ubrn)
    {
        // An alias returns 307, which the client follows.
        var answer = await practice.GetAsync($"/v1/referrals/{ubrn}");
        return (key, ubrn, answer.Status == 200 ? answer.Json : null);
    }

    private static void Compare(IEnumerable<JsonObject> referrals, Dictionary<(string List, string Ubrn), int> listed, Findings findings)
    {
        foreach (var referral in referrals)
        {
            var ubrn = referral["ubrn"]!.GetValue<string>();
            var version = referral["version"]!.GetValue<int>();
            foreach (var list in ListsOf(referral))
            {
                if (!listed.Remove((list, ubrn), out var shown)) findings.Invisible.Add($"{ubrn} ({referral["state"]}) is not on {list}");
                else if (shown != version) findings.Invisible.Add($"{ubrn} is on {list} at version {shown} and not at {version}");
            }
        }

        // The remaining entries are on lists on which they should not be.
        findings.Invisible.AddRange(listed.Keys.Select(left => $"{left.Ubrn} should not be on {left.List}"));
    }

    private static void CompareNames(IReadOnlyList<JsonObject> referrals, List<(string List, string Ubrn, string Names)> named, Findings findings)
    {
        var expected = new Dictionary<string, string>();
        var byPlace = referrals.GroupBy(referral => (referral["service"]!["id"]!.GetValue<string>(), referral["patient"]!["nhsNumber"]!.GetValue<string>()));
        foreach (var ofOne in byPlace)
        {
            var open = ofOne.Where(referral => referral["state"]!.GetValue<string>() != "CANCELLED_REFERRAL")
                .Select(referral => referral["ubrn"]!.GetValue<string>())
                .Order()
                .ToArray();
            foreach (var ubrn in ofOne.Select(referral => referral["ubrn"]!.GetValue<string>()))
            {
                expected[ubrn] = open.Contains(ubrn) ? string.Join(' ', open.Where(other => other != ubrn)) : "";
            }
        }

        // A read that timed out while it looked for duplicates leaves them out.
        var read = referrals.Where(referral => referral.ContainsKey("possibleDuplicates"))
            .Select(referral => (List: "GET", Ubrn: referral["ubrn"]!.GetValue<string>(), Names: Follower.NamesIn(referral)));
        findings.WronglyNamed.AddRange(
            from shown in read.Concat(named)
            let right = expected.GetValueOrDefault(shown.Ubrn, "")
            where shown.Names != right
            select $"{shown.Ubrn} on {shown.List} names '{shown.Names}' and not '{right}'");
    }

    // The expected lists by state, written down independently of the product's rules.
    private static IEnumerable<string> ListsOf(JsonObject referral)
    {
        var provider = referral["service"]!["provider"]!.GetValue<string>();
        const string referrer = "D82106";
        return referral["state"]!.GetValue<string>() switch
        {
            "AWAITING_TRIAGE" => [$"{provider}:REFERRALS_FOR_REVIEW", $"{referrer}:AWAITING_BOOKING"],
            "TRIAGED_PROVIDER_TO_ACTION" => [$"{provider}:APPOINTMENTS_FOR_BOOKING"],
            "TRIAGE_RESPONSE" => [$"{referrer}:REJECTED_TRIAGE_RESPONSE"],
            "CANCELLED_REFERRAL" => [$"{referrer}:ASSESSMENT_RETURNED_CANCELLED_DNA"],
            "BOOKED" => [],
            var state => throw new InvalidOperationException($"The soak creates no referral in state {state}."),
        };
    }

    private async Task<(
        Dictionary<(string List, string Ubrn), int> Listed, List<(string List, string Ubrn, string Names)> Named)> ReadListsAsync(Caller practice)
    {
        var listed = new Dictionary<(string, string), int>();
        var named = new List<(string, string, string)>();
        foreach (var (caller, lists) in hospitals.All.Select(hospital => (hospital.Caller, ProviderLists)).Append((practice, ReferrerLists)))
        {
            foreach (var list in lists)
            {
                var follower = new Follower(caller, ledger, list);
                await follower.FollowAsync();
                foreach (var (ubrn, version) in follower.Versions) listed[($"{caller.Organisation}:{list}", ubrn)] = version;
                named.AddRange(follower.Duplicates.Select(one => ($"{caller.Organisation}:{list}", one.Key, one.Value)));
            }
        }

        return (listed, named);
    }

    // Compares the copy that was updated from the change feed with the current list.
    private async Task<IReadOnlyList<string>> MissedChangesAsync()
    {
        var missed = new List<string>();
        foreach (var hospital in hospitals.All)
        {
            var read = new Follower(hospital.Caller, ledger, hospital.ForReview.List);
            await read.FollowAsync();
            await hospital.ForReview.FollowAsync();
            var both = read.Versions.Keys.Union(hospital.ForReview.Versions.Keys);
            missed.AddRange(
                from ubrn in both
                let listed = read.Versions.GetValueOrDefault(ubrn)
                let followed = hospital.ForReview.Versions.GetValueOrDefault(ubrn)
                where listed != followed || read.Duplicates.GetValueOrDefault(ubrn) != hospital.ForReview.Duplicates.GetValueOrDefault(ubrn)
                select $"{hospital.Organisation} {ubrn}: version {listed} in the list, {followed} by its changes (0: absent)");
        }

        return missed;
    }

    private async Task<IReadOnlyList<string>> LostCommandsAsync()
    {
        var lost = new List<string>();
        foreach (var ofOne in ledger.Commands.GroupBy(done => done.Ubrn))
        {
            var answer = await hospitals.ReadAsync($"/v1/referrals/{ofOne.Key}/history");
            var versions = answer.Json["versions"]!.AsArray()
                .ToDictionary(version => version!["version"]!.GetValue<int>(), version => version!["what"]!.GetValue<string>());
            lost.AddRange(
                ofOne.Where(done => versions.GetValueOrDefault(done.Version) != done.What)
                    .Select(done => $"{done.What} of {done.Ubrn}, version {done.Version}"));
            // Each command was sent with one key, so that two entries in the history mean that it was applied twice.
            lost.AddRange(
                versions.Values.GroupBy(what => what).Where(group => group.Count() > 1)
                    .Select(group => $"{group.Key} of {ofOne.Key} was applied {group.Count()} times"));
        }

        return lost;
    }

    private async Task<IReadOnlyList<string>> DeadLettersAsync()
    {
        using var op = Caller.Operator(app, ledger);
        var answer = await op.GetAsync("/v1/operations/dead-letters");
        return answer.Status == 200
            ? [.. answer.Json["deadLetters"]!.AsArray().Select(letter => letter!.ToJsonString())]
            : [$"The dead letters returned {answer.Status}: {answer.Body}"];
    }

    private sealed class Findings
    {
        public List<string> Lost { get; } = [];

        public List<string> Doubled { get; } = [];

        public List<string> Invisible { get; } = [];

        public List<string> WronglyNamed { get; } = [];

        public bool IsSettled => Lost.Count + Invisible.Count + WronglyNamed.Count == 0;
    }
}
