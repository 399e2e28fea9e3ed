namespace EReferrals.Soak;

/// <summary>The hospitals. Each keeps its own copy of its review list, updated from the change feed during the whole run.</summary>
internal sealed class Hospitals(SoakApp app, Ledger ledger) : IDisposable
{
    // Hospitals, each with one of its services that takes triage requests.
    public static readonly (string Organisation, string Service)[] Known = [("R69", "50001"), ("RCD", "60001")];

    public IReadOnlyList<Hospital> All { get; } = [.. Known.Select(known => new Hospital(Caller.Hospital(app, ledger, known.Organisation), ledger))];

    /// <summary>Reads a path as the hospital that has access to it.</summary>
    public async Task<Answer> ReadAsync(string path)
    {
        foreach (var hospital in All)
        {
            var answer = await hospital.Caller.GetAsync(path);
            if (answer.Status == 200) return answer;
        }

        throw new InvalidOperationException($"No hospital may read {path}.");
    }

    public void Dispose()
    {
        foreach (var hospital in All) hospital.Caller.Dispose();
    }
}

internal sealed class Hospital(Caller caller, Ledger ledger)
{
    public Caller Caller => caller;

    public string Organisation => caller.Organisation;

    public Follower ForReview { get; } = new(caller, ledger, "REFERRALS_FOR_REVIEW");
}
