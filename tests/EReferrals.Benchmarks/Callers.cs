using System.Collections.Concurrent;
using System.Text.Json;
using EReferrals.Benchmarks.Load;

namespace EReferrals.Benchmarks;

/// <summary>Request headers of all callers. Fetches one token per caller from the local issuer.</summary>
internal sealed class Callers(HttpClient http)
{
    public const string Practice = "D82106";
    public const string Hospital = "R69";

    private readonly ConcurrentDictionary<(string Organisation, string Role), IReadOnlyDictionary<string, string>> _headers = new();

    public Task<IReadOnlyDictionary<string, string>> ReferrerAsync(string organisation = Practice) =>
        HeadersAsync("021600556514", organisation, "REFERRING_CLINICIAN");

    public Task<IReadOnlyDictionary<string, string>> ReviewerAsync(string organisation = Hospital) =>
        HeadersAsync("103264994981", organisation, "SERVICE_PROVIDER_CLINICIAN");

    public Task<IReadOnlyDictionary<string, string>> DefinerAsync(string organisation) => HeadersAsync("000000000101", organisation, "SERVICE_DEFINER");

    public static async Task<IReadOnlyList<Call>> CallsAsync(
        string path, Func<string, Task<IReadOnlyDictionary<string, string>>> headers, IEnumerable<string> organisations)
    {
        var calls = new List<Call>();
        foreach (var organisation in organisations) calls.Add(new Call(path, await headers(organisation)));
        return calls;
    }

    private async Task<IReadOnlyDictionary<string, string>> HeadersAsync(string user, string organisation, string role)
    {
        if (_headers.TryGetValue((organisation, role), out var cached)) return cached;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["user"] = user, ["organisation"] = organisation, ["role"] = role });
        using var response = await http.PostAsync(new Uri("/local/token", UriKind.Relative), form);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return _headers[(organisation, role)] = new Dictionary<string, string>
        {
            ["Authorization"] = $"Bearer {answer.RootElement.GetProperty("access_token").GetString()}",
            ["NHSD-End-User-Organisation-ODS"] = organisation,
            ["NHSD-eRS-Business-Function"] = role,
        };
    }
}
