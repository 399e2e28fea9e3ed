namespace EReferrals.Soak;

/// <summary>The hospitals, each with its own copy of its list for review, which it keeps by the changes from the first minute to the last.</summary>
internal sealed class Hospitals(DisturbedApp app, Ledger ledger) : IDisposable
{
    // A hospital and a service of it that takes triage requests.
    public static readonly (string Organisation, string Service)[] Known = [("R69", "50001"), ("RCD", "60001")];

    public IReadOnlyList<Hospital> All { get; } = [.. Known.Select(known => new Hospital(Caller.Hospital(app, ledger, known.Organisation), ledger))];

    /// <summary>Asks the hospital that may read it.</summary>
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
