namespace EReferrals.Status.Health;

/// <summary>The <c>_status</c> of NHS APIs: one word, and the check of the back end behind it.</summary>
public sealed record ErsStatus(string Status, string Version, IReadOnlyDictionary<string, IReadOnlyList<ErsCheck>> Checks)
{
    public static ErsStatus From(StatusReport report)
    {
        // Degraded passes: referrals are taken and worklists can be read; the outcome says the rest.
        var isDown = report.State == OverallState.Down;
        var check = new ErsCheck(isDown ? "fail" : "pass", isDown ? 503 : 200, report.State.ToString().ToUpperInvariant(), report.AsOf);
        return new ErsStatus(check.Status, "1", new Dictionary<string, IReadOnlyList<ErsCheck>> { ["healthcheckService:status"] = [check] });
    }
}

public sealed record ErsCheck(string Status, int ResponseCode, string Outcome, DateTimeOffset Time);
