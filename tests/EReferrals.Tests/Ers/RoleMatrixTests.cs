using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EReferrals.Ers.Endpoints;
using EReferrals.Referrals.Organisations;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Tests.Ers;

/// <summary>The table of endpoints against the running service: every operation with every role.</summary>
[Collection(Journey.Name)]
public partial class RoleMatrixTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    public static TheoryData<string> Ids { get; } = [.. ErsEndpoints.All.Select(endpoint => endpoint.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Only_the_roles_of_the_table_may_call_an_operation(string id)
    {
        var endpoint = ErsEndpoints.Of(id);
        foreach (var path in endpoint.Paths)
        {
            foreach (var role in Enum.GetValues<Role>())
            {
                using var response = await CallAsync(endpoint, path, ActorOf(role));
                var what = $"{role} at {path}: {(int)response.StatusCode}";
                if (endpoint.Roles.Contains(role))
                {
                    Assert.True((int)response.StatusCode is not (401 or 403), what);
                    continue;
                }

                Assert.True((int)response.StatusCode == 403, what);
                Assert.All(await response.OutcomeAsync(403), issue => Assert.Equal("forbidden", issue.Type));
            }
        }
    }

    [Fact]
    public void Every_function_has_the_route_and_method_of_its_row_and_every_row_has_its_functions()
    {
        var functions = typeof(EReferrals.Program).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public))
            .Select(method => (Ers: method.GetCustomAttribute<ErsAttribute>(), Method: method)).Where(function => function.Ers is not null)
            .Select(function => (function.Ers!.Id, Trigger: function.Method.GetParameters()
                .Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).OfType<HttpTriggerAttribute>().Single()))
            .Select(function => $"{function.Id} {function.Trigger.Methods![0]} {function.Trigger.Route}");
        var rows = ErsEndpoints.All.SelectMany(endpoint => endpoint.Paths.Select(path => $"{endpoint.Id} {endpoint.Method} referrals/FHIR/{path}"));

        Assert.Equal(rows.Order(StringComparer.Ordinal), functions.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_code_is_both_sent_and_never_sent() =>
        Assert.All(ErsEndpoints.All, endpoint => Assert.Empty(endpoint.Codes.Intersect(endpoint.NeverSent)));

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_code_that_an_operation_sends_is_named_by_a_test_of_the_operation(string id)
    {
        var endpoint = ErsEndpoints.Of(id);
        var operation = endpoint.Paths[0].Split("$ers.") is [_, var name] ? $"\"{name}\"" : id;
        var files = System.IO.Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "EReferrals.Tests", "Ers"), "*.cs");
        var tests = files.SelectMany(file => TestsOf(File.ReadAllText(file), id, operation)).ToArray();

        Assert.All(endpoint.Codes, code => Assert.Contains(tests, test => test.Contains(code, StringComparison.Ordinal)));
    }

    // All tests of a class whose summary names this operation alone, and the tests of other classes that name it.
    private static IEnumerable<string> TestsOf(string file, string id, string operation)
    {
        var summary = file[..file.IndexOf("class ", StringComparison.Ordinal)];
        var isOwn = Number().Matches(summary).Select(match => match.Value).Distinct().SequenceEqual([id]);
        return Attribute().Split(file).Where(test =>
            isOwn || test.Contains(id, StringComparison.Ordinal) || test.Contains(operation, StringComparison.Ordinal));
    }

    private Task<HttpResponseMessage> CallAsync(ErsEndpoint endpoint, string path, Actor actor)
    {
        var address = "/referrals/FHIR/" + path.Replace("{ubrn}", "000000012345", StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal)
            .Replace("{type}", "PRIORITY", StringComparison.Ordinal).Replace("{id}", "5b2f8c1e-7a43-4d0b-9e55-2f1c6d7a8b90", StringComparison.Ordinal);
        (string, string)[] headers = endpoint.NeedsIfMatch ? [("If-Match", "W/\"1\"")] : [];
        return _app.FhirAsync(actor, HttpMethod.Parse(endpoint.Method), address, endpoint.Body is null ? null : new JsonObject(), headers);
    }

    private static Actor ActorOf(Role role) => new(
        role.IsApplication() ? "some-system" : "021600556514",
        role.IsReferring() ? Sample.ReferringOrganisation : Sample.Provider,
        role,
        role == Role.ServiceProviderClinicianAdmin ? "103264994981" : null);

    [GeneratedRegex(@"\n    \[(?:Fact|Theory)\]")]
    private static partial Regex Attribute();

    [GeneratedRegex("A[0-9]{3}")]
    private static partial Regex Number();
}
