using System.Collections.Concurrent;
using EReferrals.Local.ServiceBusEmulator;
using Microsoft.Azure.Amqp;
using Microsoft.Azure.Amqp.Framing;
using Microsoft.Azure.Amqp.Sasl;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>A receiving link of the bare AMQP library, because the official client gives a test no control over credit and drain.</summary>
public sealed class TestLink : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly AmqpConnection _connection;

    private TestLink(AmqpConnection connection, ReceivingAmqpLink link, bool returns)
    {
        _connection = connection;
        Link = link;
        link.RegisterMessageListener(message =>
        {
            Received.Enqueue((message.Properties.MessageId.ToString()!, message.Header.DeliveryCount ?? 0));
            if (returns) link.ReleaseMessage(message);
        });
    }

    public ReceivingAmqpLink Link { get; }

    public ConcurrentQueue<(string Id, uint EarlierDeliveries)> Received { get; } = new();

    /// <param name="returns">Whether it releases each message as soon as it arrives, as the client does when no receive waits for it.</param>
    public static async Task<TestLink> ReceiveAsync(Emulator emulator, string queue, bool returns = false)
    {
        var endpoint = emulator.ConnectionString.Split(';')[0]["Endpoint=sb://".Length..];
        var connection = await AmqpConnection.Factory.OpenConnectionAsync(
            new Uri($"amqp://{endpoint}"), new SaslAnonymousHandler("MSSBCBS"), Patience);
        var session = connection.CreateSession(new AmqpSessionSettings());
        await session.OpenAsync(Patience);
        var link = new ReceivingAmqpLink(session, new AmqpLinkSettings
        {
            LinkName = Guid.NewGuid().ToString(),
            Role = true,
            Source = new Source { Address = queue },
            Target = new Target { Address = Guid.NewGuid().ToString() },
            SettleType = SettleMode.SettleOnDispose,
        });
        var received = new TestLink(connection, link, returns);
        await link.OpenAsync(Patience);
        return received;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection.State == AmqpObjectState.Opened)
        {
            await _connection.CloseAsync(Patience);
        }
    }
}
