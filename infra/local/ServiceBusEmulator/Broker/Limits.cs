namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>The limits of the Standard tier, in bytes on the wire.</summary>
internal static class Limits
{
    public const int MessageSize = 256 * 1024;
    public const int HeaderSize = 64 * 1024;
    public const int MessagesInBatch = 4500;
    public const int IdLength = 128;
}
