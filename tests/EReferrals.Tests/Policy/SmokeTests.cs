namespace EReferrals.Tests.Policy;

/// <summary>Runs the smoke test against a service that is well, with a stand-in for the Azure CLI.</summary>
public sealed class SmokeTests : IDisposable
{
    // Each status shows a newer canary than the one before.
    private const string Curl = """
        #!/bin/sh
        while [ $# -gt 0 ]; do [ "$1" != -o ] || out=$2; shift; done
        echo x >> "$(dirname "$0")/calls"
        printf '{"state":"ok","lastSeen":"%s"}' "$(wc -l < "$(dirname "$0")/calls")" > "$out"
        printf 200
        """;

    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("smoke").FullName;

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    [PosixFact]
    public async Task Production_passes_while_the_write_once_policies_of_both_accounts_are_locked()
    {
        var (exitCode, output) = await RunAsync("production", """[ "$(echo "$*" | grep -c -- '--account-name st[ar].* -c audit')" = 1 ] && echo Locked""");

        Assert.Equal((0, 2), (exitCode, output.Split("account is locked").Length - 1));
    }

    [PosixFact]
    public async Task Production_fails_while_the_policy_of_the_reserve_account_is_not_locked_and_says_what_to_do()
    {
        var (exitCode, output) = await RunAsync("production", """case "$*" in *str*) echo Unlocked;; *) echo Locked;; esac""");

        Assert.Equal(1, exitCode);
        Assert.Contains("The write-once policy of the audit reserve account str is not locked (Unlocked)", output, StringComparison.Ordinal);
        Assert.Contains("infra/README.md, 'The audit trail is write-once'", output, StringComparison.Ordinal);
    }

    [PosixFact]
    public async Task Production_fails_while_a_policy_cannot_be_read()
    {
        var (exitCode, output) = await RunAsync("production", "echo 'Please run az login.' >&2; exit 1");

        Assert.Equal(1, exitCode);
        Assert.Contains("Please run az login.", output, StringComparison.Ordinal);
    }

    [PosixFact]
    public async Task Another_stage_only_says_that_a_policy_is_not_locked()
    {
        var (exitCode, output) = await RunAsync("test", "echo Unlocked");

        Assert.Equal(0, exitCode);
        Assert.Contains("is not locked (Unlocked)", output, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string stage, string az)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "curl"), Curl);
        await File.WriteAllTextAsync(Path.Combine(_folder, "az"), $"#!/bin/sh\n{az}\n");
        var script = Path.Combine(Repository.Root, "infra", "scripts", "smoke.sh");
        return await BashScript.ExecuteAsync(
            $"""
            chmod +x '{_folder}/curl' '{_folder}/az'
            export PATH='{_folder}':"$PATH" SERVICE_URL=http://localhost SMOKE_WAIT=10 STAGE={stage} AUDIT_ACCOUNT=sta AUDIT_RESERVE_ACCOUNT=str
            sh '{script}'
            """);
    }
}
