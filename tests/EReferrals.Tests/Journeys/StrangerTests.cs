using System.Text.Json.Nodes;
using EReferrals.ApiDocs;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.ApiDocs;

namespace EReferrals.Tests.Journeys;

/// <summary>What an organisation without a part in a referral learns from the answers to its commands: nothing.</summary>
[Collection(Journey.Name)]
public sealed class StrangerTests(SharedApp shared)
{
    private static readonly string[] InvalidBodies =
        ["{}", "{\"unknown\":1}", "{\"slot\":\"no such slot\"}", "{\"slot\":\"a\",\"service\":7}"];

    private readonly RunningApp _app = shared.App;

    public static TheoryData<string> Commands => [.. CommandOperations.Select(operation => operation.Id)];

    private static IEnumerable<ApiOperation> CommandOperations => EveryRoute.OfCallers
        .Where(operation => operation.Method() == HttpMethod.Post && operation.Path.StartsWith("/v1/referrals/{", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task An_invalid_command_of_a_stranger_gets_the_answer_to_a_valid_one(string command)
    {
        var operation = CommandOperations.Single(one => one.Id == command);
        var stranger = operation.Caller() with { Organisation = "RCX" };
        var waiting = await _app.SubmitAsync(Sample.ReferringClinician);
        var returned = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        using var done = await _app.CommandAsync(Sample.ProviderClinician, returned, "return", new JsonObject { ["comments"] = "Statins first" }, 1);
        Assert.Equal(200, (int)done.StatusCode);
        var valid = await AnswerAsync(stranger with { Role = Role.ServiceProviderClinician }, waiting, "accept", "{}");

        foreach (var ubrn in new[] { waiting, returned })
        {
            foreach (var body in InvalidBodies)
            {
                Assert.Equal(valid, await AnswerAsync(stranger, ubrn, operation.Path["/v1/referrals/{ubrn}/".Length..], body));
            }
        }

        Assert.StartsWith("403 NHSD-End-User-Organisation-ODS NO_RELATIONSHIP", valid, StringComparison.Ordinal);
    }

    private async Task<string> AnswerAsync(Actor stranger, string ubrn, string command, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var request = await _app.RequestAsync(stranger, HttpMethod.Post, $"/v1/referrals/{ubrn}/{command}", content);
        request.Headers.TryAddWithoutValidation("If-Match", "W/\"1\"");
        using var response = await _app.Http.SendAsync(request);
        var problem = await response.ProblemAsync((int)response.StatusCode);
        return $"{(int)response.StatusCode} {string.Join(',', Problems.In(problem))} {problem["type"]} {problem["detail"]}";
    }
}
