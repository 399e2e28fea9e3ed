namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>
/// A session that processes the disposition of a message only when the message has been sent completely. A receiver may release a message before the
/// library's send returns; the library would then report the message as accepted, because it takes a settled message for one that was sent settled.
/// </summary>
internal sealed class OrderedSession(AmqpConnection connection, AmqpSessionSettings settings, ILinkFactory links) : AmqpSession(connection, settings, links)
{
    private readonly Lock _sending = new();

    public override void ProcessFrame(Frame frame)
    {
        if (frame.Command is not Disposition)
        {
            base.ProcessFrame(frame);
            return;
        }
        lock (_sending) base.ProcessFrame(frame);
    }

    public bool TrySend(Func<bool> send)
    {
        lock (_sending) return send();
    }
}
