using System.Net;
using System.Net.Sockets;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Processes;

public sealed class StartTests : IDisposable
{
    private readonly string _state = System.IO.Directory.CreateTempSubdirectory("ereferrals-").FullName;

    public void Dispose() => System.IO.Directory.Delete(_state, recursive: true);

    [PosixFact]
    public async Task Ctrl_C_stops_everything_and_a_second_start_finds_the_referral_again()
    {
        string ubrn;
        await using (var first = await AppProcess.StartReadyAsync(_state))
        {
            using var response = await first.Client.SendAsync(
                await first.Client.TokenAsync(Sample.ReferringClinician), Sample.ReferringClinician, HttpMethod.Post, "/v1/referrals",
                JourneySteps.Submission());
            ubrn = (await response.JsonAsync())["ubrn"]!.GetValue<string>();

            Assert.Equal(0, await first.InterruptAsync());
            Assert.Equal("", first.Errors);
            Assert.Empty(ProcessesThatName(_state));
        }

        await using var second = await AppProcess.StartReadyAsync(_state);
        var token = await second.Client.TokenAsync(Sample.ReferringClinician);
        await Eventually.TrueAsync(async () =>
        {
            using var read = await second.Client.SendAsync(token, Sample.ReferringClinician, HttpMethod.Get, $"/v1/referrals/{ubrn}");
            return read.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task A_port_in_use_prints_one_line_and_exits_with_an_error()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var app = AppProcess.Start(_state, ("EREFERRALS_PORT", $"{port}"));

        Assert.Equal(1, await app.ExitAsync());
        Assert.StartsWith($"Port {port} cannot be used", app.Errors, StringComparison.Ordinal);
        Assert.Single(app.Errors.Trim().Split('\n'));
    }

    [Fact]
    public async Task Without_the_opt_in_the_local_platform_prints_one_line_and_exits_with_an_error()
    {
        await using var app = AppProcess.Start(_state, ("EREFERRALS_LOCAL", null));

        Assert.Equal(1, await app.ExitAsync());
        Assert.Contains("Set EREFERRALS_LOCAL=true", app.Errors, StringComparison.Ordinal);
        Assert.Single(app.Errors.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("Records__ConnectionString", "DefaultEndpointsProtocol=https;AccountName=real;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net")]
    [InlineData("Audit__BlobEndpoint", "https://real.blob.core.windows.net/")]
    [InlineData("ServiceBusConnection", "Endpoint=sb://real.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=c2VjcmV0")]
    public async Task A_connection_that_is_not_an_emulators_stops_the_start_and_is_not_printed(string name, string value)
    {
        await using var app = AppProcess.Start(_state, (name, value));

        Assert.Equal(1, await app.ExitAsync());
        Assert.StartsWith($"{name} does not connect to an emulator", app.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", app.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_that_cannot_start_ends_the_platform_with_an_error_and_is_never_called_ready()
    {
        await using var app = AppProcess.Start(_state, ("RateLimit__RequestsPerSecond", "many"));

        Assert.Equal(1, await app.ExitAsync());
        Assert.Contains("The app did not start.", app.Errors, StringComparison.Ordinal);
        Assert.False(app.IsReady);
    }

    [Theory]
    [InlineData("80000")]
    [InlineData("http")]
    public async Task A_port_that_is_none_prints_one_line_and_exits_with_an_error(string port)
    {
        await using var app = AppProcess.Start(_state, ("EREFERRALS_PORT", port));

        Assert.Equal(1, await app.ExitAsync());
        Assert.Equal($"EREFERRALS_PORT must be a whole number from 0 to 65535, not '{port}'.", app.Errors.Trim());
    }

    [Fact]
    public async Task An_unusable_state_folder_prints_one_line_and_exits_with_an_error()
    {
        var file = Path.Combine(_state, "a-file");
        await File.WriteAllTextAsync(file, "");

        await using var app = AppProcess.Start(Path.Combine(file, "state"));

        Assert.Equal(1, await app.ExitAsync());
        Assert.Contains("set EREFERRALS_STATE to another folder", app.Errors, StringComparison.Ordinal);
        Assert.Single(app.Errors.Trim().Split('\n'));
    }

    [PosixFact]
    public async Task A_missing_Node_prints_one_line_and_exits_with_an_error()
    {
        // The test starts the program by its full path, so that only Node is not found.
        await using var app = AppProcess.Start(_state, ("PATH", "/nowhere"));

        Assert.Equal(1, await app.ExitAsync());
        Assert.Contains("Node", app.Errors, StringComparison.Ordinal);
        Assert.Single(app.Errors.Trim().Split('\n'));
    }

    private static IEnumerable<string> ProcessesThatName(string text) => System.IO.Directory.Exists("/proc")
        ? System.IO.Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _))
            .Where(folder => CommandLine(folder).Contains(text, StringComparison.Ordinal))
        : [];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            // The process has ended meanwhile.
            return "";
        }
    }
}
