using EReferrals.Benchmarks.Load;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>A hospital and a practice of their own, so that the three lists of a referral have the same length.</summary>
internal sealed class CostPlace
{
    private readonly MeasuredApp _app;
    private readonly IReadOnlyDictionary<string, string> _reviewer;

    private CostPlace(MeasuredApp app, int length, Flow submit, IReadOnlyDictionary<string, string> reviewer, IReadOnlyList<CostList> lists) =>
        (_app, Length, Submit, _reviewer, Lists) = (app, length, submit, reviewer, lists);

    public int Length { get; }

    public Flow Submit { get; }

    public IReadOnlyList<CostList> Lists { get; }

    public static async Task<CostPlace> FoundAsync(MeasuredApp app, int length)
    {
        // An organisation code has at most nine characters.
        var country = await Country.FoundAsync(app, $"L{Math.Log10(length):0}", 800_000 + length, 1, 1);
        var reviewer = await app.Callers.ReviewerAsync(country.Hospitals[0]);
        var referrer = await app.Callers.ReferrerAsync(country.Practices[0]);
        var submit = new Flow { Name = $"submit for lists of {length}", Method = "POST", Calls = await country.SubmissionsAsync(app.Callers), Connections = 8 };
        return new CostPlace(app, length, submit, reviewer,
        [
            new CostList(country.Hospitals[0], "REFERRALS_FOR_REVIEW", reviewer, Readers: 1),
            new CostList(country.Practices[0], "AWAITING_BOOKING", referrer, Readers: 4),
            new CostList(country.Practices[0], "LETTERS_OUTSTANDING", referrer, Readers: 16),
        ]);
    }

    /// <summary>Opens a referral and returns its entity tag.</summary>
    public async Task<string> OpenAsync(string ubrn)
    {
        using var response = await _app.SendAsync(HttpMethod.Get, $"/v1/referrals/{ubrn}", _reviewer);
        return response.Headers.ETag!.ToString();
    }

    /// <summary>Accepts a referral for the hospital. It leaves one list of the hospital and joins another.</summary>
    public async Task AcceptAsync(string ubrn, string tag)
    {
        var headers = new Dictionary<string, string>(_reviewer) { ["If-Match"] = tag };
        using var response = await _app.SendAsync(HttpMethod.Post, $"/v1/referrals/{ubrn}/accept", headers, "{}");
    }
}

/// <param name="Readers">Number of readers that poll the list.</param>
internal sealed record CostList(string Organisation, string List, IReadOnlyDictionary<string, string> Reader, int Readers)
{
    /// <summary>The name of the list as the product writes it.</summary>
    public string Name => $"{Organisation}:{List}";

    /// <summary>Returns a flow in which all readers have the current list and poll at the same instant.</summary>
    public async Task<Flow> PollAsync(MeasuredApp app)
    {
        var path = $"/v1/worklists/{List}";
        using var now = await app.SendAsync(HttpMethod.Get, path, Reader);
        var headers = new Dictionary<string, string>(Reader) { ["If-None-Match"] = now.Headers.ETag!.ToString() };
        return new Flow { Name = Name, Calls = [new Call(path, headers)], Connections = Readers, Aligned = true };
    }

    public bool IsPoll(StorageCall call) => call.Work == StorageCall.PollWork && call.Subject == Name;

    public bool IsSnapshot(StorageCall call) =>
        call.Work == StorageCall.SnapshotWork
            && (call.Subject == Name || call.Subject.StartsWith($"snapshots/{Organisation}/{List}.", StringComparison.Ordinal));

    /// <summary>Returns whether the call completes a snapshot.</summary>
    public bool EndsSnapshot(StorageCall call) =>
        IsSnapshot(call) && call.Kind == StorageCallKind.BlobWrite && call.Subject.EndsWith(".json", StringComparison.Ordinal);
}
