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
    public void Every_run_looks_up_known_weaknesses_of_all_packages_and_Node_modules()
    {
        var audit = Jobs(Workflows["ci.yml"]).Single(job => job.StartsWith("audit:", StringComparison.Ordinal));
        string[] modules = ["infra/local/Azurite", "functions/EReferrals/Web"];

        Assert.Contains("dotnet list EReferrals.sln package --vulnerable --include-transitive", audit, StringComparison.Ordinal);
        Assert.Contains("dotnet restore functions/EReferrals -p:ServiceBusExtension=Package", audit, StringComparison.Ordinal);
        Assert.All(modules, folder => Assert.Contains($"npm audit --prefix {folder} ", audit, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_project_has_a_lock_file_and_every_run_restores_what_it_names()
    {
        const string Locked = "dotnet restore EReferrals.sln --locked-mode";
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "EReferrals.sln"));
        var projects = Project().Matches(solution).Select(match => Path.Combine(Repository.Root, match.Groups[1].Value.Replace('\\', '/'))).ToList();

        Assert.NotEmpty(projects);
        Assert.All(projects, project => Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")), project));
        Assert.All(["ci.yml", "deploy.yml"], workflow => Assert.Contains(Locked, Workflows[workflow], StringComparison.Ordinal));
        Assert.All(
            ["ci.yml", "deploy.yml"],
            workflow => Assert.Contains("packages.deployed.lock.json') != '' && '--locked-mode'", Workflows[workflow], StringComparison.Ordinal));
    }

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
        Assert.All(
            Jobs(Workflows["deploy.yml"]).Where(
                job => job.StartsWith("package:", StringComparison.Ordinal) || job.StartsWith("roll-back:", StringComparison.Ordinal)),
            job => Assert.Contains("github.ref == 'refs/heads/main'", job, StringComparison.Ordinal));

    [Fact]
    public void The_run_that_built_the_package_is_checked_before_the_download()
    {
        var deploy = Workflows["deploy-environment.yml"];
        var check = deploy.IndexOf("[ \"$from\" = \"$GITHUB_REPOSITORY main .github/workflows/deploy.yml\" ]", StringComparison.Ordinal);

        Assert.InRange(check, 1, deploy.IndexOf("actions/download-artifact", StringComparison.Ordinal));
    }

    [Fact]
    public void The_pipeline_passes_every_variable_that_the_parameters_are_read_from()
    {
        var parameters = File.ReadAllText(Path.Combine(Repository.Root, "infra", "main.parameters.json"));
        var variables = Variable().Matches(parameters).Select(match => match.Groups[1].Value);

        Assert.All(variables, name => Assert.Contains($" {name}: ${{{{", Workflows["deploy-environment.yml"], StringComparison.Ordinal));
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
        Assert.All(
            Variables().Matches(Workflows["deploy-environment.yml"]),
            variable => Assert.Contains($"`{variable.Groups[1].Value}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_templates_are_deployed_with_the_compiler_that_they_were_tested_with()
    {
        var deploy = Workflows["deploy-environment.yml"];
        var compiler = deploy.IndexOf("AZD_BICEP_TOOL_PATH=$(dotnet msbuild tests/EReferrals.Tests -getProperty:BicepPath)", StringComparison.Ordinal);

        Assert.InRange(compiler, 1, deploy.IndexOf("azd provision", StringComparison.Ordinal));
    }

    // Earlier versions do not pass AZURE_ENV_NAME to the build, which then refuses to publish the local Service Bus extension.
    [Fact]
    public void azd_must_be_a_version_that_names_the_environment_to_the_build()
    {
        var required = RequiredAzd().Match(File.ReadAllText(Path.Combine(Repository.Root, "azure.yaml"))).Groups[1].Value;

        Assert.True(Version.Parse(required) >= new Version(1, 23, 7), $"azure.yaml accepts azd {required}.");
        Assert.Contains(
            $"azd](https://aka.ms/azd) {required} or later", File.ReadAllText(Path.Combine(Repository.Root, "infra", "README.md")), StringComparison.Ordinal);
    }

    // Without these rights Azure deploys the template and leaves scanning off.
    [Fact]
    public void The_identity_of_the_pipeline_may_set_up_the_scanner_of_the_subscription()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "infra", "PIPELINE.md"));
        var deployer = page[page.IndexOf("EReferrals deployer", StringComparison.Ordinal)..page.IndexOf("# 4.", StringComparison.Ordinal)];

        Assert.All(["read", "write"], right => Assert.Contains($"Microsoft.Security/datascanners/{right}", deployer, StringComparison.Ordinal));
    }

    [Fact]
    public void The_runbook_takes_the_values_of_the_pipeline_before_a_workstation_provisions()
    {
        var runbook = File.ReadAllText(Path.Combine(Repository.Root, "infra", "RUNBOOK.md"));
        var start = runbook.IndexOf("gh variable list --env production", StringComparison.Ordinal);

        Assert.InRange(start, 1, runbook.IndexOf("## When an alert fires", StringComparison.Ordinal));
        // The pipeline takes the stage from the name of the environment when no variable sets it.
        Assert.InRange(runbook.IndexOf("azd env set STAGE production", StringComparison.Ordinal), 1, start);
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

    [GeneratedRegex(@"""([^""]+\.csproj)""")]
    private static partial Regex Project();

    [GeneratedRegex(@"azd: '>= ([\d.]+)'")]
    private static partial Regex RequiredAzd();

    [GeneratedRegex(@"\$\{([A-Z_]+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"vars\.(\w+)")]
    private static partial Regex Variables();
}
