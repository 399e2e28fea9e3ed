using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;
using EReferrals.Local.ServiceBusEmulator.Broker;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>The emulator in its own process, and its control channel.</summary>
public sealed class ProcessTests : IAsyncLifetime
{
    private static readonly string[] RefusedQueues = ["plain"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emulator-");

    private EmulatorProcess Emulator { get; set; } = null!;

    private ServiceBusClient Client { get; set; } = null!;

    public async Task InitializeAsync()
    {
        var topology = Path.Combine(_folder.FullName, "messaging.json");
        await File.WriteAllTextAsync(topology, TestEmulator.Topology);
        Emulator = await EmulatorProcess.StartAsync(Path.Combine(_folder.FullName, "bus.db"), topology);
        Client = NewClient();
    }

    public async Task DisposeAsync()
    {
        await Client.DisposeAsync();
        Emulator.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_emulator_ends_when_its_standard_input_closes()
    {
        Emulator.Process.StandardInput.Close();

        Assert.Equal(0, await Emulator.ExitAsync());
    }

    [Fact]
    public async Task The_emulator_ends_cleanly_on_request()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{Emulator.Process.Id}"]);

        Assert.Equal(0, await Emulator.ExitAsync());
    }

    [Fact]
    public async Task The_control_channel_sets_and_clears_faults()
    {
        await PutAsync(new { refusedQueues = RefusedQueues });
        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessagingEntityDisabled, () => SendAsync("plain"));
        await SendAsync("unique");

        await PutAsync(new { busy = true });
        await TestEmulator.FailsAsync(ServiceBusFailureReason.ServiceBusy, () => SendAsync("patient"));

        await using var other = NewClient();
        await PutAsync(new { isFileFull = true });
        await TestEmulator.FailsAsync(ServiceBusFailureReason.ServiceBusy, () => SendAsync("patient", other, size: 200_000));

        await using var another = NewClient();
        await PutAsync(new { sendFailureRate = 1, sendFailure = "afterWrite" });
        await TestEmulator.FailsAsync(ServiceBusFailureReason.ServiceTimeout, () => SendAsync("patient", another));

        await PutAsync(new { });
        await SendAsync("plain", another);
        Assert.Equal(
            (1, 1, 1), ((await StatisticsAsync("plain")).Available, (await StatisticsAsync("unique")).Available, (await StatisticsAsync("patient")).Available));
    }

    [Fact]
    public async Task The_control_channel_rejects_an_unknown_request()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await Emulator.Control.PutAsJsonAsync("faults", new { colour = "red" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Emulator.Control.PostAsync("clock?ahead=soon", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Emulator.Control.GetAsync("weather")).StatusCode);
    }

    [Fact]
    public async Task The_control_channel_delivers_scheduled_messages()
    {
        await ScheduleAsync();

        (await Emulator.Control.PostAsync("scheduled", null)).EnsureSuccessStatusCode();

        Assert.Equal("later", (await TestEmulator.ReceiveAsync(Client.CreateReceiver("plain"))).MessageId);
    }

    [Fact]
    public async Task The_control_channel_moves_the_clock_and_due_messages_are_delivered()
    {
        await ScheduleAsync();

        (await Emulator.Control.PostAsync("clock?ahead=3700", null)).EnsureSuccessStatusCode();

        var message = await TestEmulator.ReceiveAsync(Client.CreateReceiver("plain"));
        Assert.Equal("later", message.MessageId);
        Assert.InRange(message.EnqueuedTime, DateTimeOffset.UtcNow.AddMinutes(60), DateTimeOffset.UtcNow.AddMinutes(63));
    }

    [Fact]
    public async Task The_control_channel_reports_when_the_broker_is_idle()
    {
        Assert.Equal(HttpStatusCode.NoContent, (await Emulator.Control.GetAsync("idle?seconds=10")).StatusCode);
        await SendAsync("plain");
        Assert.Equal(HttpStatusCode.RequestTimeout, (await Emulator.Control.GetAsync("idle?seconds=0.1")).StatusCode);
    }

    [Fact]
    public async Task The_administration_client_finds_the_queues_of_the_process()
    {
        await SendAsync("plain");

        var administration = new ServiceBusAdministrationClient(Emulator.AdministrationConnectionString);
        QueueRuntimeProperties properties = await administration.GetQueueRuntimePropertiesAsync("plain");

        Assert.Equal(1, properties.ActiveMessageCount);
        Assert.InRange(properties.SizeInBytes, 1, 1_000);
    }

    private ServiceBusClient NewClient() => new(
        Emulator.ConnectionString, new ServiceBusClientOptions { RetryOptions = new() { MaxRetries = 0, TryTimeout = TimeSpan.FromSeconds(20) } });

    private async Task SendAsync(string queue, ServiceBusClient? client = null, int size = 1)
    {
        await using var sender = (client ?? Client).CreateSender(queue);
        await sender.SendMessageAsync(new ServiceBusMessage(new byte[size]) { MessageId = "one" });
    }

    private Task<long> ScheduleAsync() =>
        Client.CreateSender("plain").ScheduleMessageAsync(new ServiceBusMessage("x") { MessageId = "later" }, DateTimeOffset.UtcNow.AddHours(1));

    private async Task PutAsync(object faults) => (await Emulator.Control.PutAsJsonAsync("faults", faults)).EnsureSuccessStatusCode();

    private async Task<QueueStatistics> StatisticsAsync(string queue) =>
        (await Emulator.Control.GetFromJsonAsync<QueueStatistics[]>("statistics"))!.Single(statistics => statistics.Name == queue);
}
