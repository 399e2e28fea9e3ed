namespace EReferrals.Status.Health;

/// <summary>The <c>_status</c> format of NHS APIs: an overall result and the check of the back end.</summary>
public sealed record ErsStatus(string Status, string Version, IReadOnlyDictionary<string, IReadOnlyList<ErsCheck>> Checks)
{
    public static ErsStatus From(StatusReport report)
    {
        // Degraded counts as pass: referrals are accepted and worklists are readable. The outcome has the details.
        var isDown = report.State == OverallState.Down;
        var check = new ErsCheck(isDown ? "fail" : "pass", isDown ? 503 : 200, report.State.ToString().ToUpperInvariant(), report.AsOf);
        return new ErsStatus(check.Status, "1", new Dictionary<string, IReadOnlyList<ErsCheck>> { ["healthcheckService:status"] = [check] });
    }
}

public sealed record ErsCheck(string Status, int ResponseCode, string Outcome, DateTimeOffset Time);
