using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <summary>What the workflows may do, and for whom.</summary>
public sealed partial class WorkflowTests
{
    private static readonly Dictionary<string, string> Workflows = System.IO.Directory
        .EnumerateFiles(Path.Combine(Repository.Root, ".github", "workflows"), "*.yml").ToDictionary(path => Path.GetFileName(path), File.ReadAllText);

    [Fact]
    public void Every_action_of_others_is_pinned_by_its_commit() =>
        Assert.All(Workflows.Values.SelectMany(text => Uses().Matches(text)), used => Assert.Matches(@"^(\./|[\w./-]+@[0-9a-f]{40}$)", used.Groups[1].Value));

    [Fact]
    public void No_workflow_hands_on_every_secret_there_is() =>
        Assert.All(Workflows.Values, text => Assert.DoesNotContain("secrets: inherit", text, StringComparison.Ordinal));

    [Fact]
    public void Only_the_job_that_runs_nothing_of_ours_may_write()
    {
        var writers = Workflows.Values.SelectMany(Jobs).Where(job => job.Contains("contents: write", StringComparison.Ordinal)).ToList();

        var keep = Assert.Single(writers);
        Assert.Contains("if: github.event_name == 'release'", keep, StringComparison.Ordinal);
        Assert.DoesNotContain("actions/checkout", keep, StringComparison.Ordinal);
        Assert.DoesNotContain("dotnet", keep, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_deployed_was_built_from_main() =>
        Assert.All(Jobs(Workflows["deploy.yml"]).Where(job => job.StartsWith("package:", StringComparison.Ordinal) || job.StartsWith("roll-back:", StringComparison.Ordinal)),
            job => Assert.Contains("github.ref == 'refs/heads/main'", job, StringComparison.Ordinal));

    [Fact]
    public void A_run_that_waits_for_approval_holds_nobody_back()
    {
        var approval = Jobs(Workflows["deploy.yml"]).Single(job => job.Contains("environment: production-approval", StringComparison.Ordinal));

        Assert.DoesNotContain("concurrency", Workflows["deploy.yml"], StringComparison.Ordinal);
        Assert.DoesNotContain("deploy-environment.yml", approval, StringComparison.Ordinal);
        Assert.Contains("group: deploy-${{ inputs.environment }}", Workflows["deploy-environment.yml"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_roll_back_takes_the_place_of_a_deployment_and_waits_for_no_job()
    {
        var rollBack = Jobs(Workflows["deploy.yml"]).Single(job => job.StartsWith("roll-back:", StringComparison.Ordinal));

        Assert.Contains("urgent: true", rollBack, StringComparison.Ordinal);
        Assert.DoesNotContain("needs:", rollBack, StringComparison.Ordinal);
        Assert.Contains("cancel-in-progress: ${{ inputs.urgent }}", Workflows["deploy-environment.yml"], StringComparison.Ordinal);
    }

    [Fact]
    public void An_identity_trusts_its_environment_and_the_page_names_every_variable_that_the_workflow_reads()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "infra", "PIPELINE.md"));

        Assert.Contains("--subject \"repo:$REPOSITORY:environment:$NAME\"", page, StringComparison.Ordinal);
        Assert.All(Variables().Matches(Workflows["deploy-environment.yml"]), variable => Assert.Contains($"`{variable.Groups[1].Value}`", page, StringComparison.Ordinal));
    }

    /// <summary>The jobs of a workflow, each from its name on.</summary>
    private static IEnumerable<string> Jobs(string workflow) =>
        workflow.Contains("\njobs:\n", StringComparison.Ordinal)
            ? JobStarts().Split(workflow[(workflow.IndexOf("\njobs:\n", StringComparison.Ordinal) + "\njobs:".Length)..]).Where(job => job.Length > 0)
            : [];

    [GeneratedRegex(@"^\s*-? ?uses: (\S+)", RegexOptions.Multiline)]
    private static partial Regex Uses();

    [GeneratedRegex(@"^  (?=[\w-]+:$)", RegexOptions.Multiline)]
    private static partial Regex JobStarts();

    [GeneratedRegex(@"vars\.(\w+)")]
    private static partial Regex Variables();
}
