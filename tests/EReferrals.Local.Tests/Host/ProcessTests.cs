using System.Diagnostics;
using System.Net;
using EReferrals.Local.FunctionsHost;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Local.Tests.Host;

public sealed class ProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_worker_is_a_process_with_its_own_settings()
    {
        await using var app = await TestHost.StartAsync(new TestHostOptions { IsProcess = true, Settings = ["AZURE_FUNCTIONS_ENVIRONMENT=Testing"] });

        Assert.Equal($"{app.Host.WorkerProcessId} Testing", await app.Http.GetStringAsync("/process"));
    }

    [Fact]
    public async Task A_killed_worker_fails_its_invocations_and_is_replaced()
    {
        await using var app = await TestHost.StartAsync(new TestHostOptions { IsProcess = true });
        var first = app.Host.WorkerProcessId!.Value;
        var running = app.Http.GetAsync("/gate");
        await TestHost.UntilAsync(() => app.Host.Running == 1);

        Process.GetProcessById(first).Kill();
        var response = await running;
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());

        await TestHost.UntilAsync(() => app.Host.WorkerProcessId != first);
        // This request waits for the new worker.
        Assert.Equal("hello", await app.Http.GetStringAsync("/hello"));
        Assert.NotEqual(first, app.Host.WorkerProcessId);
    }

    [Fact]
    public async Task A_function_that_exceeds_its_timeout_restarts_its_worker()
    {
        var clock = new FakeTimeProvider();
        await using var app = await TestHost.StartAsync(new TestHostOptions { IsProcess = true, Clock = clock });
        var first = app.Host.WorkerProcessId!.Value;
        var running = app.Http.GetAsync("/gate");
        await TestHost.UntilAsync(() => app.Host.Running == 1);

        clock.Advance(TimeSpan.FromMinutes(6));
        while (!running.IsCompleted)
        {
            // The request may not have reached the worker when the clock first moved.
            await Task.WhenAny(running, Task.Delay(100));
            clock.Advance(TimeSpan.FromMinutes(6));
        }

        Assert.Equal(HttpStatusCode.InternalServerError, (await running).StatusCode);
        Assert.Equal("hello", await app.Http.GetStringAsync("/hello"));
        Assert.NotEqual(first, app.Host.WorkerProcessId);
    }

    [Fact]
    public async Task No_message_is_lost_when_the_worker_is_killed_under_load()
    {
        var seen = Path.GetTempFileName();
        await using var app = await TestHost.StartAsync(
            new TestHostOptions { IsProcess = true, HasQueues = true, Settings = [$"SEEN_FILE={seen}", "WORK_MILLISECONDS=20"] });
        var sent = Enumerable.Range(0, 300).Select(n => $"message {n}").ToArray();
        await app.SendAsync("plain", sent);

        foreach (var count in (int[])[50, 150])
        {
            await TestHost.UntilAsync(() => File.ReadAllLines(seen).Length >= count);
            var worker = app.Host.WorkerProcessId!.Value;
            Process.GetProcessById(worker).Kill();
            await TestHost.UntilAsync(() => app.Host.WorkerProcessId is { } next && next != worker);
        }

        await app.DrainAsync("plain");
        Assert.Equal(sent.Order(), File.ReadAllLines(seen).Distinct().Order());
        Assert.Equal(0, app.Emulator!.Broker.QueueStatistics("plain").DeadLettered);
        File.Delete(seen);
    }

    [Fact]
    public async Task Messages_are_received_again_after_a_broker_outage()
    {
        await using var app = await TestHost.StartAsync(new TestHostOptions { HasQueues = true });
        await app.SendAsync("automatic", "before");
        await app.DrainAsync("automatic");

        await app.RestartBrokerAsync(TimeSpan.FromSeconds(2));
        await app.SendAsync("automatic", "after");

        await app.DrainAsync("automatic");
    }

    [Fact]
    public async Task A_worker_that_exits_at_once_fails_the_start()
    {
        await using var host = await FunctionsHost.FunctionsHost.StartAsync(new FunctionsHostOptions
        {
            ApplicationDirectory = TestHost.ApplicationDirectory,
            // The assembly has no entry point.
            WorkerAssembly = "EReferrals.Local.ServiceBusExtension.dll",
        });

        var failure = await Assert.ThrowsAsync<FunctionsHostStartException>(() => host.LoadedAsync().WaitAsync(Patience));
        Assert.Contains("ended 3 times", failure.Message, StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = host.HttpAddress };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/hello")).StatusCode);
    }

    [Fact]
    public async Task A_port_in_use_fails_the_start()
    {
        await using var app = await TestHost.ListenOnlyAsync(new TestHostOptions());

        await Assert.ThrowsAsync<FunctionsHostStartException>(() => FunctionsHost.FunctionsHost.StartAsync(
            new FunctionsHostOptions { ApplicationDirectory = TestHost.ApplicationDirectory, Port = app.Host.HttpAddress.Port }));
    }

    [Fact]
    public async Task A_killed_host_takes_its_worker_with_it()
    {
        using var host = StartHost();
        using var worker = Process.GetProcessById(await WorkerOfAsync(host));

        host.Kill();

        await worker.WaitForExitAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_stopping_host_ends_its_worker()
    {
        using var host = StartHost();
        using var worker = Process.GetProcessById(await WorkerOfAsync(host));

        host.StandardInput.Close();

        await worker.WaitForExitAsync().WaitAsync(Patience);
        await host.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, host.ExitCode);
    }

    [Fact]
    public async Task The_host_does_not_start_in_Azure()
    {
        using var host = StartHost(("WEBSITE_SITE_NAME", "somewhere"));

        Assert.Contains("does not run in Azure", await host.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        await host.WaitForExitAsync().WaitAsync(Patience);
        Assert.NotEqual(0, host.ExitCode);
    }

    private static Process StartHost(params IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "EReferrals.Local.Tests.HostProcess.dll"));
        start.ArgumentList.Add(TestHost.ApplicationDirectory);
        start.ArgumentList.Add(TestHost.WorkerAssembly);
        foreach (var function in TestHost.QueueFunctions) start.ArgumentList.Add($"AzureWebJobs.{function}.Disabled=true");
        start.ArgumentList.Add("HourlySchedule=0 0 * * * *");
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static async Task<int> WorkerOfAsync(Process host)
    {
        _ = host.StandardError.ReadToEndAsync();
        var line = await host.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return int.Parse(line!.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
