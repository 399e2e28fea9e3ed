namespace EReferrals.LocalRuntime.Broker;

/// <summary>The Standard tier's limits. Sizes are AMQP's, rounded up: what fits here fits in the cloud.</summary>
internal static class Limits
{
    public const int MessageSize = 256 * 1024;
    public const int HeaderSize = 64 * 1024;
    public const int PropertySize = 32 * 1024;
    public const int MessagesInBatch = 4500;
    public const int IdLength = 128;
    public const int SessionStateSize = 256 * 1024;

    // The batch is itself a message whose header repeats the ids of the first one in it.
    private const int BatchOverhead = 128;
    private const int EntryOverhead = 16;

    public static long BatchSize(long sizeSoFar, Envelope next) =>
        sizeSoFar == 0
            ? BatchOverhead + next.HeaderSize + EntryOverhead + next.Size
            : sizeSoFar + EntryOverhead + next.Size;
}
