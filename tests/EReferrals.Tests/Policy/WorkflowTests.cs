using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <summary>Checks the permissions of the workflows.</summary>
public sealed partial class WorkflowTests
{
    private static readonly Dictionary<string, string> Workflows = System.IO.Directory
        .EnumerateFiles(Path.Combine(Repository.Root, ".github", "workflows"), "*.yml").ToDictionary(path => Path.GetFileName(path), File.ReadAllText);

    [Fact]
    public void Every_third_party_action_is_pinned_to_a_commit() =>
        Assert.All(Workflows.Values.SelectMany(text => Uses().Matches(text)), used => Assert.Matches(@"^(\./|[\w./-]+@[0-9a-f]{40}$)", used.Groups[1].Value));

    [Fact]
    public void No_workflow_inherits_all_secrets() =>
        Assert.All(Workflows.Values, text => Assert.DoesNotContain("secrets: inherit", text, StringComparison.Ordinal));

    [Fact]
    public void Only_a_job_that_runs_none_of_our_code_has_write_permission()
    {
        var writers = Workflows.Values.SelectMany(Jobs).Where(job => job.Contains("contents: write", StringComparison.Ordinal)).ToList();

        var keep = Assert.Single(writers);
        Assert.Contains("if: github.event_name == 'release'", keep, StringComparison.Ordinal);
        Assert.DoesNotContain("actions/checkout", keep, StringComparison.Ordinal);
        Assert.DoesNotContain("dotnet", keep, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_main_branch_can_be_deployed() =>
        Assert.All(Jobs(Workflows["deploy.yml"]).Where(job => job.StartsWith("package:", StringComparison.Ordinal) || job.StartsWith("roll-back:", StringComparison.Ordinal)),
            job => Assert.Contains("github.ref == 'refs/heads/main'", job, StringComparison.Ordinal));

    [Fact]
    public void The_run_that_built_the_package_is_checked_before_the_download()
    {
        var deploy = Workflows["deploy-environment.yml"];
        var check = deploy.IndexOf("[ \"$from\" = \"$GITHUB_REPOSITORY main .github/workflows/deploy.yml\" ]", StringComparison.Ordinal);

        Assert.InRange(check, 1, deploy.IndexOf("actions/download-artifact", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_waits_for_approval_does_not_block_other_runs()
    {
        var approval = Jobs(Workflows["deploy.yml"]).Single(job => job.Contains("environment: production-approval", StringComparison.Ordinal));

        Assert.DoesNotContain("concurrency", Workflows["deploy.yml"], StringComparison.Ordinal);
        Assert.DoesNotContain("deploy-environment.yml", approval, StringComparison.Ordinal);
        Assert.Contains("group: deploy-${{ inputs.environment }}", Workflows["deploy-environment.yml"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_rollback_cancels_a_running_deployment_and_waits_for_no_job()
    {
        var rollBack = Jobs(Workflows["deploy.yml"]).Single(job => job.StartsWith("roll-back:", StringComparison.Ordinal));

        Assert.Contains("urgent: true", rollBack, StringComparison.Ordinal);
        Assert.DoesNotContain("needs:", rollBack, StringComparison.Ordinal);
        Assert.Contains("cancel-in-progress: ${{ inputs.urgent }}", Workflows["deploy-environment.yml"], StringComparison.Ordinal);
    }

    [Fact]
    public void An_identity_trusts_its_environment_and_the_pipeline_page_names_every_variable_of_the_workflow()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "infra", "PIPELINE.md"));

        Assert.Contains("--subject \"repo:$REPOSITORY:environment:$NAME\"", page, StringComparison.Ordinal);
        Assert.All(Variables().Matches(Workflows["deploy-environment.yml"]), variable => Assert.Contains($"`{variable.Groups[1].Value}`", page, StringComparison.Ordinal));
    }

    /// <summary>Returns the jobs of a workflow, each as its text.</summary>
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
