using System.Collections.Concurrent;
using System.Diagnostics;
using Azure;
using Azure.Data.Tables;
using EReferrals.Local.Azurite;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Local.Tests.Azurite;

public sealed class AzuriteSupervisorTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _stateFolder = Directory.CreateTempSubdirectory("ereferrals-azurite-").FullName;

    public void Dispose() => Directory.Delete(_stateFolder, recursive: true);

    [Fact]
    public async Task Two_accounts_start_respond_and_keep_their_data_and_ports_across_a_restart()
    {
        Uri endpoint;
        await using (var first = await AzuriteSupervisor.StartAsync(_stateFolder))
        {
            endpoint = first.Records.TableEndpoint;
            await Client(first.Records).CreateIfNotExistsAsync();
            await Client(first.Records).AddEntityAsync(new TableEntity("p", "r"));
            await Client(first.Contingency).CreateIfNotExistsAsync();
            Assert.False((await Client(first.Contingency).GetEntityIfExistsAsync<TableEntity>("p", "r")).HasValue);
        }

        await using var second = await AzuriteSupervisor.StartAsync(_stateFolder);

        Assert.Equal(endpoint, second.Records.TableEndpoint);
        Assert.Equal(6, second.Records.Ports.Concat(second.Contingency.Ports).Distinct().Count());
        Assert.True((await Client(second.Records).GetEntityIfExistsAsync<TableEntity>("p", "r")).HasValue);
    }

    [Fact]
    public async Task Emulators_are_identified_by_their_location()
    {
        await using var supervisor = await AzuriteSupervisor.StartAsync(_stateFolder);

        foreach (var emulator in new[] { supervisor.Records, supervisor.Contingency })
        {
            Assert.Equal(Path.Combine(_stateFolder, $"azurite-{emulator.Name}"), emulator.Location);
            Assert.Equal(emulator.ProcessId, Assert.Single(Signals.ProcessesAt(emulator.Location, emulator.ProcessId)));
        }
    }

    [Fact]
    public async Task Stopping_one_emulator_does_not_affect_the_other_and_a_restart_restores_its_data()
    {
        await using var supervisor = await AzuriteSupervisor.StartAsync(_stateFolder);
        await Client(supervisor.Records).CreateIfNotExistsAsync();
        await Client(supervisor.Records).AddEntityAsync(new TableEntity("p", "r"));

        await supervisor.Records.StopAsync();

        Assert.False(supervisor.Records.IsRunning);
        Assert.Empty(Signals.ProcessesAt(supervisor.Records.Location, null));
        await Assert.ThrowsAnyAsync<Exception>(() => Client(supervisor.Records).GetEntityIfExistsAsync<TableEntity>("p", "r"));
        await Client(supervisor.Contingency).CreateIfNotExistsAsync();

        await supervisor.Records.StartAsync();

        Assert.True((await Client(supervisor.Records).GetEntityIfExistsAsync<TableEntity>("p", "r")).HasValue);
    }

    [Fact]
    public async Task Acknowledged_data_is_kept_when_the_emulator_is_stopped_during_a_save()
    {
        await using var supervisor = await AzuriteSupervisor.StartAsync(_stateFolder);
        var table = Client(supervisor.Records);
        await table.CreateIfNotExistsAsync();
        // Large, so that the save takes a while.
        foreach (var row in Enumerable.Range(0, 60)) await table.AddEntityAsync(Large($"{row}"));

        // A save can begin and end unseen on a busy machine, so that every try adds a row: without a change there is no next save.
        var rows = 0;
        do await table.AddEntityAsync(new TableEntity("p", $"last{rows++}"));
        while (!await IsSavingAsync(supervisor.Records));
        await supervisor.Records.StopAsync();
        await supervisor.Records.StartAsync();

        var kept = 0;
        await foreach (var _ in table.QueryAsync<TableEntity>()) kept++;
        Assert.Equal(60 + rows, kept);
    }

    [Fact]
    public async Task A_crashed_emulator_restarts_after_its_delay_with_its_saved_data()
    {
        var clock = new FakeTimeProvider();
        var dead = new SemaphoreSlim(0);
        var back = new SemaphoreSlim(0);
        await using (var before = await AzuriteSupervisor.StartAsync(_stateFolder))
        {
            await Client(before.Records).CreateIfNotExistsAsync();
            await Client(before.Records).AddEntityAsync(new TableEntity("p", "r"));
        }

        await using var supervisor = await AzuriteSupervisor.StartAsync(_stateFolder, new AzuriteOptions
        {
            Clock = clock,
            Progress = line =>
            {
                if (line.Contains("died", StringComparison.Ordinal)) dead.Release();
                if (line.Contains("is back", StringComparison.Ordinal)) back.Release();
            },
        });

        await supervisor.Records.KillAsync();
        Assert.True(await dead.WaitAsync(Patience));
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(supervisor.Records.IsRunning);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await back.WaitAsync(Patience));

        Assert.True((await Client(supervisor.Records).GetEntityIfExistsAsync<TableEntity>("p", "r")).HasValue);
    }

    [Fact]
    public async Task A_deliberately_stopped_emulator_is_not_restarted()
    {
        var clock = new FakeTimeProvider();
        await using var supervisor = await AzuriteSupervisor.StartAsync(_stateFolder, new AzuriteOptions { Clock = clock });

        await supervisor.Records.StopAsync();
        clock.Advance(TimeSpan.FromMinutes(5));

        Assert.False(supervisor.Records.IsRunning);
        Assert.Empty(Signals.ProcessesAt(supervisor.Records.Location, null));
    }

    [Fact]
    public async Task A_frozen_emulator_does_not_respond_until_it_thaws_and_can_be_stopped_while_frozen()
    {
        await using var supervisor = await AzuriteSupervisor.StartAsync(_stateFolder);
        await Client(supervisor.Records).CreateIfNotExistsAsync();

        await supervisor.Records.FreezeAsync();
        var pending = Client(supervisor.Records).AddEntityAsync(new TableEntity("p", "r"));
        using var impatience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Client(supervisor.Records).GetEntityIfExistsAsync<TableEntity>("p", "r", null, impatience.Token));
        await supervisor.Records.ThawAsync();
        await pending;

        await supervisor.Records.FreezeAsync();
        await supervisor.Records.StopAsync();
        await supervisor.Records.StartAsync();
        Assert.True((await Client(supervisor.Records).GetEntityIfExistsAsync<TableEntity>("p", "r")).HasValue);
    }

    [Fact]
    public async Task Emulators_left_behind_by_a_killed_run_are_stopped_and_their_data_is_saved()
    {
        string connection;
        Process orphan;
        await using (var earlier = await AzuriteSupervisor.StartAsync(_stateFolder))
        {
            connection = earlier.Records.ConnectionString;
            await Client(earlier.Records).CreateIfNotExistsAsync();
            var ports = earlier.Records.Ports;
            await earlier.Records.StopAsync();
            orphan = StartOrphan(earlier.Records.Location, ports);
        }

        using (orphan)
        {
            await AddWhenItAnswersAsync(connection);
            await using var supervisor = await AzuriteSupervisor.StartAsync(_stateFolder);

            Assert.True(orphan.HasExited);
            Assert.Single(Signals.ProcessesAt(supervisor.Records.Location, null));
            Assert.True((await Client(supervisor.Records).GetEntityIfExistsAsync<TableEntity>("p", "orphan")).HasValue);
        }
    }

    [Fact]
    public async Task A_port_taken_by_another_process_is_replaced()
    {
        int taken;
        await using (var first = await AzuriteSupervisor.StartAsync(_stateFolder)) taken = first.Records.Ports[2];
        using var stranger = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, taken);
        stranger.Start();

        await using var second = await AzuriteSupervisor.StartAsync(_stateFolder);

        Assert.NotEqual(taken, second.Records.Ports[2]);
        await Client(second.Records).CreateIfNotExistsAsync();
    }

    [Fact]
    public async Task Two_supervisors_cannot_share_a_state_folder()
    {
        await using var first = await AzuriteSupervisor.StartAsync(_stateFolder);

        var refused = await Assert.ThrowsAsync<LocalStartException>(() => AzuriteSupervisor.StartAsync(_stateFolder));

        Assert.Contains(_stateFolder, refused.Message, StringComparison.Ordinal);
        Assert.True(first.Records.IsRunning);
    }

    [Fact]
    public async Task A_missing_Node_gives_a_message_that_says_what_to_install()
    {
        var refused = await Assert.ThrowsAsync<LocalStartException>(
            () => AzuriteSupervisor.StartAsync(_stateFolder, new AzuriteOptions { Node = "no-such-node" }));

        Assert.Contains("install Node.js", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task A_missing_npm_gives_a_message_that_says_what_to_install()
    {
        var refused = await Assert.ThrowsAsync<LocalStartException>(() => AzuriteSupervisor.StartAsync(
            _stateFolder, new AzuriteOptions { Npm = "no-such-npm", InstallFolder = Path.Combine(_stateFolder, "install") }));

        Assert.Contains("install Node.js", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_installation_gives_the_npm_output_and_the_next_step()
    {
        var install = Path.Combine(_stateFolder, "install");
        Directory.CreateDirectory(install);
        await File.WriteAllTextAsync(Path.Combine(install, "package-lock.json"), "{}");
        var progress = new List<string>();

        var refused = await Assert.ThrowsAsync<LocalStartException>(() => AzuriteSupervisor.StartAsync(
            _stateFolder, new AzuriteOptions { InstallFolder = install, Progress = progress.Add }));

        Assert.Contains("npm ci", refused.Message, StringComparison.Ordinal);
        Assert.Contains(progress, line => line.StartsWith("Installing Azurite 3.37.0", StringComparison.Ordinal));
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task An_installation_that_is_cancelled_ends_at_once_and_says_nothing_more()
    {
        if (OperatingSystem.IsWindows()) return;
        var slow = Path.Combine(_stateFolder, "npm");
        await File.WriteAllTextAsync(slow, "#!/bin/sh\nexec sleep 60\n");
        File.SetUnixFileMode(slow, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var cancel = new CancellationTokenSource();
        var progress = new ConcurrentQueue<string>();
        var options = new AzuriteOptions { Npm = slow, InstallFolder = Path.Combine(_stateFolder, "install"), Progress = progress.Enqueue };
        var installing = AzuriteSupervisor.StartAsync(_stateFolder, options, cancel.Token);
        await Eventually.TrueAsync(() => progress.Count == 2);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => installing.WaitAsync(Patience));
        Assert.Equal(2, progress.Count);
    }

    private static TableEntity Large(string row)
    {
        var large = new TableEntity("p", row);
        for (var part = 0; part < 14; part++) large[$"Part{part}"] = new string('x', 32_000);
        return large;
    }

    // Azurite rewrites its whole table file next to the old one every five seconds when something has changed.
    private static async Task<bool> IsSavingAsync(AzuriteEmulator emulator)
    {
        var newFile = Path.Combine(emulator.Location, "__azurite_db_table__.json~");
        for (var waiting = Stopwatch.StartNew(); waiting.Elapsed < TimeSpan.FromSeconds(8); await Task.Yield())
        {
            if (File.Exists(newFile)) return true;
        }

        return false;
    }

    private static TableClient Client(AzuriteEmulator emulator) => new(
        emulator.ConnectionString, "Letters", new TableClientOptions { Retry = { MaxRetries = 0 } });

    private static Process StartOrphan(string location, int[] ports) => Process.Start(new ProcessStartInfo("node")
    {
        ArgumentList =
        {
            Path.Combine(RepositoryFolder(), "infra", "local", "Azurite", "node_modules", "azurite", "dist", "src", "azurite.js"),
            "--location", location, "--silent", "--disableTelemetry", "--skipApiVersionCheck",
            "--blobPort", $"{ports[0]}", "--queuePort", $"{ports[1]}", "--tablePort", $"{ports[2]}",
        },
        RedirectStandardOutput = true,
    })!;

    private static string RepositoryFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "EReferrals.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }

    private static async Task AddWhenItAnswersAsync(string connection)
    {
        var started = Stopwatch.GetTimestamp();
        var table = new TableClient(connection, "Letters", new TableClientOptions { Retry = { MaxRetries = 0 } });
        while (true)
        {
            try
            {
                await table.AddEntityAsync(new TableEntity("p", "orphan"));
                return;
            }
            catch (RequestFailedException) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                await Task.Yield();
            }
        }
    }
}
