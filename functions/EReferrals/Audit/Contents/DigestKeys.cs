using EReferrals.Security.Keys;
using Microsoft.Extensions.Logging;

namespace EReferrals.Audit.Contents;

/// <summary>
/// The keys of the digests of the audit trail, the same on every instance. The newest key whose day has come makes digests; a search uses all of them.
/// </summary>
public sealed partial class DigestKeys
{
    private readonly IReadOnlyList<DatedKey> _newestFirst;
    private readonly TimeProvider _clock;

    public DigestKeys(Settings settings, TimeProvider clock, ILogger<DigestKeys> logger) : this(settings.DigestKeys ?? [Public], clock)
    {
        if (settings.DigestKeys is null) Log.HasNoKeys(logger);
    }

    internal DigestKeys(IReadOnlyList<DatedKey> newestFirst, TimeProvider clock) => (_newestFirst, _clock) = (newestFirst, clock);

    /// <summary>
    /// The key of an instance whose setting cannot be read. It is no secret. A key that nobody else has would make entries that nobody can search, and reads
    /// without a key would have to be refused.
    /// </summary>
    internal static DatedKey Public { get; } = new(DateOnly.MinValue, new byte[DatedKey.MinSecret]);

    internal DatedKey Current => DatedKey.Current(_newestFirst, _clock.GetUtcNow());

    /// <summary>Every key with which an entry may have been written.</summary>
    internal IEnumerable<DatedKey> All => _newestFirst.Append(Public).DistinctBy(key => key.Id);

    private static partial class Log
    {
        [LoggerMessage(2510, LogLevel.Error,
            "The keys of the audit trail (Audit__DigestKeys) cannot be read. Entries of this instance have digests with a key that is no secret")]
        public static partial void HasNoKeys(ILogger logger);
    }
}
