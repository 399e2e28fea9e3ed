using System.Text.Json.Nodes;

namespace EReferrals.Soak;

/// <summary>A copy of one list that is read once and then updated from its change feed.</summary>
internal sealed class Follower(Caller caller, Ledger ledger, string list)
{
    private readonly Dictionary<string, int> _entries = [];
    private readonly Dictionary<string, string> _duplicates = [];
    private string? _cursor;

    public string List => list;

    public IReadOnlyCollection<string> Ubrns => _entries.Keys;

    public IReadOnlyDictionary<string, int> Versions => _entries;

    /// <summary>The possible duplicates that each entry names, in order.</summary>
    public IReadOnlyDictionary<string, string> Duplicates => _duplicates;

    public async Task FollowAsync()
    {
        if (_cursor is null)
        {
            await ReadAsync();
            return;
        }

        for (var more = true; more;)
        {
            var answer = await caller.GetAsync($"/v1/worklists/{list}/changes?limit=1000&since={_cursor}");
            if (answer.Status != 200)
            {
                // The soak is shorter than a week, so that the feed always reaches back far enough.
                ledger.Unexpected($"The changes of {caller.Organisation}:{list} since {_cursor} returned {answer.Status}: {answer.Body}");
                await ReadAsync();
                return;
            }

            foreach (var change in answer.Json["changes"]!.AsArray()) Apply(change!.AsObject());
            _cursor = answer.Json["next"]!.GetValue<string>();
            more = answer.Json["more"]!.GetValue<bool>();
        }
    }

    private async Task ReadAsync()
    {
        _entries.Clear();
        _duplicates.Clear();
        string? changes = null;
        for (string? cursor = ""; cursor is not null;)
        {
            var answer = await caller.GetAsync($"/v1/worklists/{list}?limit=1000{(cursor == "" ? "" : $"&cursor={cursor}")}");
            var page = answer.Json;
            foreach (var entry in page["entries"]!.AsArray()) Put(entry!.AsObject());
            changes = page["changes"]!.GetValue<string>();
            cursor = page["next"]?.GetValue<string>();
        }

        _cursor = changes;
    }

    private void Apply(JsonObject change)
    {
        var ubrn = change["ubrn"]!.GetValue<string>();
        if (change["change"]!.GetValue<string>() == "PUT")
        {
            Put(change["entry"]!.AsObject());
            return;
        }

        _entries.Remove(ubrn);
        _duplicates.Remove(ubrn);
    }

    private void Put(JsonObject entry)
    {
        var ubrn = entry["ubrn"]!.GetValue<string>();
        _entries[ubrn] = entry["version"]!.GetValue<int>();
        _duplicates[ubrn] = NamesIn(entry);
    }

    /// <summary>Returns the possible duplicates that a referral or an entry names, in order of their numbers.</summary>
    public static string NamesIn(JsonObject shown) =>
        string.Join(' ', (shown["possibleDuplicates"]?.AsArray() ?? []).Select(other => other!.GetValue<string>()).Order());
}
