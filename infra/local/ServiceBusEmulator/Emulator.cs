using EReferrals.Local.ServiceBusEmulator.Administration;
using EReferrals.Local.ServiceBusEmulator.Amqp;
using Microsoft.AspNetCore.Builder;

namespace EReferrals.Local.ServiceBusEmulator;

/// <summary>Serves queues to the official clients over AMQP and HTTP, on the loopback address only.</summary>
public sealed class Emulator : IAsyncDisposable
{
    private readonly AmqpFront _front;
    private readonly WebApplication _administration;

    private Emulator(LocalBroker broker, AmqpFront front, WebApplication administration)
    {
        Broker = broker;
        _front = front;
        _administration = administration;
    }

    public string ConnectionString => ConnectionStringFor(_front.Port);

    /// <summary>Administration has its own port, as in Microsoft's emulator.</summary>
    public string AdministrationConnectionString => ConnectionStringFor(new Uri(_administration.Urls.First()).Port);

    /// <summary>The broker, which tests may inspect and disturb.</summary>
    public LocalBroker Broker { get; }

    public static async Task<Emulator> StartAsync(EmulatorOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var clock = new OffsetClock(options.Clock);
        var broker = await LocalBroker.OpenAsync(options.StateFile, options.MessagingFile, clock).ConfigureAwait(false);
        var emulator = new Emulator(broker, new AmqpFront(broker, clock, options.Port), AdministrationServer.Build(broker, clock, options.AdministrationPort));
        try
        {
            emulator._front.Open();
            await emulator._administration.StartAsync(ct).ConfigureAwait(false);
            return emulator;
        }
        catch
        {
            await emulator.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _front.Dispose();
        await _administration.DisposeAsync().ConfigureAwait(false);
        await Broker.DisposeAsync().ConfigureAwait(false);
    }

    private static string ConnectionStringFor(int port) =>
        $"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true;";
}
