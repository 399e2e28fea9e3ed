using System.Text.Json.Nodes;
using EReferrals.Ers.Outcomes;
using EReferrals.Http;

namespace EReferrals.Tests.Http;

public sealed class ProblemTests
{
    [Theory]
    [InlineData(1, 1, null)]
    [InlineData(100, 100, null)]
    [InlineData(101, 100, 101)]
    [InlineData(30_000, 100, 30_000)]
    public void A_problem_lists_at_most_100_errors_and_then_says_how_many_there_are(int errors, int listed, int? count)
    {
        var problem = ProblemOf(errors);

        Assert.Equal((listed, count), (problem.Listed.Count, problem.ErrorCount));
    }

    [Fact]
    public void An_OperationOutcome_lists_at_most_100_errors_and_then_says_how_many_there_are()
    {
        var url = new Uri("https://host.invalid/referrals/FHIR/STU3/ReferralRequest/1");
        foreach (var written in new[] { Stu3Outcome.Write(ProblemOf(250), url), R4Outcome.Write(ProblemOf(250), Sample.Now) })
        {
            var issues = JsonNode.Parse(written.Body)!["issue"]!.AsArray();

            Assert.Equal(101, issues.Count);
            Assert.StartsWith("The request has 250 errors.", (string)issues[^1]!["diagnostics"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_OperationOutcome_with_few_errors_has_one_issue_for_each() =>
        Assert.Equal(100, JsonNode.Parse(R4Outcome.Write(ProblemOf(100), Sample.Now).Body)!["issue"]!.AsArray().Count);

    private static Problem ProblemOf(int errors) =>
        Problem.NotAcceptable([.. Enumerable.Range(0, errors).Select(number => new FieldError($"/{number}", "UNEXPECTED_FIELD", "Unknown."))]);
}
