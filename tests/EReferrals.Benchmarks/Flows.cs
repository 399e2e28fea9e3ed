using EReferrals.Benchmarks.Load;

namespace EReferrals.Benchmarks;

/// <summary>Flows that several scenarios send.</summary>
internal static class Flows
{
    public const string HospitalList = "/v1/worklists/REFERRALS_FOR_REVIEW";

    public static async Task<Flow> SubmitAsync(MeasuredApp app) => new()
    {
        Name = "submit",
        Method = "POST",
        Calls = [new Call("/v1/referrals", await app.Callers.ReferrerAsync())],
        Body = SubmissionBody.For(),
        Connections = 64,
    };

    public static Flow SubmitTo(string name, int connections) => new()
    {
        Name = name,
        Method = "POST",
        Calls = [new Call("/", new Dictionary<string, string>())],
        Body = SubmissionBody.For(),
        Connections = connections,
    };

    public static async Task<Call> HospitalFeedAsync(MeasuredApp app) =>
        new($"{HospitalList}/changes?limit=1000&since=", await app.Callers.ReviewerAsync());
}
