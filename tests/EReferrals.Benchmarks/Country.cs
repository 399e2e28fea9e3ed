using System.Globalization;
using EReferrals.Benchmarks.Load;

namespace EReferrals.Benchmarks;

/// <summary>Hospitals with one triage service each, and the practices that refer to them, in the local app.</summary>
internal sealed class Country
{
    private readonly int _firstService;

    private Country(IReadOnlyList<string> hospitals, IReadOnlyList<string> practices, int firstService) =>
        (Hospitals, Practices, _firstService) = (hospitals, practices, firstService);

    public IReadOnlyList<string> Hospitals { get; }

    public IReadOnlyList<string> Practices { get; }

    /// <param name="firstService">The id of the first hospital's service. The ids of the others follow.</param>
    public static async Task<Country> FoundAsync(MeasuredApp app, string prefix, int firstService, int hospitals, int practices)
    {
        var country = new Country(
            [.. Enumerable.Range(0, hospitals).Select(number => $"{prefix}H{number:D3}")],
            [.. Enumerable.Range(0, practices).Select(number => $"{prefix}P{number:D3}")],
            firstService);
        for (var index = 0; index < hospitals; index++) await PutServiceAsync(app, country.Hospitals[index], country.ServiceOf(index));
        return country;
    }

    /// <summary>Returns submissions in which each practice refers to each hospital in turn.</summary>
    public async Task<IReadOnlyList<Call>> SubmissionsAsync(Callers callers)
    {
        var calls = new List<Call>();
        for (var index = 0; index < Math.Max(Practices.Count, Hospitals.Count); index++)
        {
            var hospital = index % Hospitals.Count;
            var practice = await callers.ReferrerAsync(Practices[index % Practices.Count]);
            calls.Add(new Call("/v1/referrals", practice, Hospitals[hospital], SubmissionBody.For(ServiceOf(hospital))));
        }

        return calls;
    }

    /// <summary>Returns one call for each hospital about the referrals that were submitted to it.</summary>
    public async Task<IReadOnlyList<Call>> OfHospitalsAsync(Callers callers, string path)
    {
        var calls = new List<Call>();
        foreach (var hospital in Hospitals) calls.Add(new Call(path, await callers.ReviewerAsync(hospital), hospital));
        return calls;
    }

    private string ServiceOf(int hospital) => (_firstService + hospital).ToString(CultureInfo.InvariantCulture);

    private static async Task PutServiceAsync(MeasuredApp app, string hospital, string service)
    {
        using var response = await app.SendAsync(
            HttpMethod.Put, $"/v1/services/{service}", await app.Callers.DefinerAsync(hospital),
            $$"""
            {"name":"Triage of {{hospital}}","provider":"{{hospital}}","specialty":"CARDIOLOGY",
            "priorities":["TWO_WEEK_WAIT","URGENT","ROUTINE"],"requestTypes":["TRIAGE_REQUEST"]}
            """);
    }
}
