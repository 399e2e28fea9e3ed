using Microsoft.Azure.Amqp;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>A link that the service detaches when nobody has used it for long.</summary>
internal interface IIdleLink
{
    AmqpLink Link { get; }

    /// <summary>Null while somebody waits on it.</summary>
    DateTimeOffset? IdleSince { get; }
}
