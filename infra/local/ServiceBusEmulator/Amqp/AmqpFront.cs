using System.Collections.Concurrent;
using System.Net;
using Microsoft.Azure.Amqp.Sasl;
using Microsoft.Azure.Amqp.Transport;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>The AMQP listener. Accepts connections and attaches links by their addresses. It does not handle messages.</summary>
internal sealed class AmqpFront : IRuntimeProvider, IDisposable
{
    private const string ManagementSuffix = "/$management";
    private static readonly AmqpSymbol SessionFilter = "com.microsoft:session-filter";
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan IdleCheck = TimeSpan.FromSeconds(30);

    private readonly LocalBroker _broker;
    private readonly TimeProvider _clock;
    private readonly RequestNode _requests = new();
    private readonly ConcurrentDictionary<AmqpLink, Func<DateTimeOffset, bool>> _endIfIdle = new();
    private readonly ITimer _idleTimer;
    private readonly AmqpConnectionListener _listener;

    public AmqpFront(LocalBroker broker, TimeProvider clock, int port)
    {
        _broker = broker;
        _clock = clock;
        // The library cannot report the port that it was given for 0, so that a free port is chosen first.
        Port = port == 0 ? FreePort.Take() : port;
        _listener = CreateListener(Port);
        _idleTimer = clock.CreateTimer(_ => DetachIdleLinks(), null, IdleCheck, IdleCheck);
    }

    public int Port { get; }

    public void Open() => _listener.Open();

    public void Dispose()
    {
        _idleTimer.Dispose();
        _listener.Close();
    }

    AmqpConnection IConnectionFactory.CreateConnection(
        TransportBase transport, ProtocolHeader header, bool isInitiator, AmqpSettings settings, AmqpConnectionSettings connectionSettings) =>
        new(transport, header, isInitiator, settings, connectionSettings) { SessionFactory = this };

    AmqpSession ISessionFactory.CreateSession(AmqpConnection connection, AmqpSessionSettings settings) =>
        new OrderedSession(connection, settings, this);

    AmqpLink ILinkFactory.CreateLink(AmqpSession session, AmqpLinkSettings settings)
    {
        if (settings.Role == true)
        {
            settings.MaxMessageSize = Limits.MessageSize;
            settings.TotalLinkCredit = 1000;
            settings.AutoSendFlow = true;
            return new ReceivingAmqpLink(session, settings);
        }
        return AddressOf(settings).Contains('$', StringComparison.Ordinal) && !IsDeadLetters(AddressOf(settings))
            ? new SendingAmqpLink(session, settings)
            : new ReceiverLink((OrderedSession)session, settings, _clock);
    }

    IAsyncResult ILinkFactory.BeginOpenLink(AmqpLink link, TimeSpan timeout, AsyncCallback callback, object state)
    {
        try
        {
            OpenLink(link);
        }
        catch (Exception ex)
        {
            throw new AmqpException(BrokerFailure.ErrorFrom(ex));
        }
        return TaskToAsyncResult.Begin(Task.CompletedTask, callback, state);
    }

    void ILinkFactory.EndOpenLink(IAsyncResult result) => TaskToAsyncResult.End(result);

    private static string AddressOf(AmqpLinkSettings settings)
    {
        var address = settings.Role == true ? ((Target)settings.Target).Address : ((Source)settings.Source).Address;
        return Uri.UnescapeDataString(address?.ToString() ?? "").TrimStart('/');
    }

    private static bool IsDeadLetters(string address) => address.EndsWith(LocalBroker.DeadLetterSuffix, StringComparison.OrdinalIgnoreCase);

    private static Task<AmqpMessage> AcceptToken(AmqpMessage request)
    {
        var response = AmqpMessage.Create(new AmqpValue());
        response.ApplicationProperties.Map["status-code"] = (int)AmqpResponseStatusCode.Accepted;
        response.ApplicationProperties.Map["status-description"] = "Accepted";
        return Task.FromResult(response);
    }

    private void OpenLink(AmqpLink link)
    {
        var address = AddressOf(link.Settings);
        if (address == "$cbs")
        {
            _requests.Attach(link, AcceptToken);
        }
        else if (address.EndsWith(ManagementSuffix, StringComparison.OrdinalIgnoreCase))
        {
            _requests.Attach(link, new ManagementNode(_broker.Queue(address[..^ManagementSuffix.Length])).AnswerAsync);
        }
        else if (link is ReceivingAmqpLink sender)
        {
            var queue = _broker.Queue(address);
            queue.ThrowIfSendsAreRefused();
            var messages = new SenderLink(sender, queue, _clock);
            Track(sender, messages.IsIdle);
        }
        else
        {
            var receiver = (ReceiverLink)link;
            RefuseSessions((Source)link.Settings.Source);
            var queue = _broker.Queue(address);
            queue.ThrowIfForwarded();
            receiver.Attach(queue);
            Track(receiver, receiver.EndIfIdle);
        }
    }

    private static void RefuseSessions(Source source)
    {
        if (source.FilterSet?.TryGetValue<object>(SessionFilter, out _) == true)
            throw new BrokerException(BrokerFailure.NotAllowed, "A session receiver cannot be created on an entity that does not require sessions.");
    }

    // The service detaches a link after ten minutes without use.
    private void Track(AmqpLink link, Func<DateTimeOffset, bool> endIfIdle)
    {
        _endIfIdle[link] = endIfIdle;
        link.SafeAddClosed((_, _) => _endIfIdle.TryRemove(link, out _));
    }

    private void DetachIdleLinks()
    {
        var limit = _clock.GetUtcNow() - IdleLimit;
        foreach (var (link, endIfIdle) in _endIfIdle)
        {
            if (endIfIdle(limit))
                link.SafeClose(new AmqpException(AmqpErrorCode.DetachForced, $"The link '{link.Name}' is force detached: it was idle for {IdleLimit}."));
        }
    }

    private AmqpConnectionListener CreateListener(int port)
    {
        var settings = new AmqpSettings { RuntimeProvider = this };
        var sasl = new SaslTransportProvider();
        sasl.Versions.Add(new AmqpVersion(1, 0, 0));
        sasl.AddHandler(new SaslAnonymousHandler("MSSBCBS"));
        settings.TransportProviders.Add(sasl);
        return new AmqpConnectionListener(
            [$"amqp://{IPAddress.Loopback}:{port}"],
            settings,
            new AmqpConnectionSettings
            {
                ContainerId = "service-bus-emulator",
                MaxFrameSize = 64 * 1024,
                IdleTimeOut = (uint)TimeSpan.FromMinutes(4).TotalMilliseconds,
                SendBufferSize = 64 * 1024,
                ReceiveBufferSize = 64 * 1024,
            });
    }
}
