using EReferrals.Security.Keys;
using Microsoft.Extensions.Logging;

namespace EReferrals.Http.Paging;

/// <summary>
/// The keys of all cursors and download addresses, the same on every instance. The newest key whose day has come signs; all of them verify. A new key is
/// given before its day, so that every instance can verify what it signs.
/// </summary>
public sealed partial class CursorKeys
{
    private readonly IReadOnlyList<DatedKey> _newestFirst;
    private readonly TimeProvider _clock;

    public CursorKeys(Settings settings, TimeProvider clock, ILogger<CursorKeys> logger)
        : this(settings.CursorKeys ?? [DatedKey.OfThisInstance()], clock)
    {
        if (settings.CursorKeys is null) Log.HasNoKeys(logger);
    }

    internal CursorKeys(IReadOnlyList<DatedKey> newestFirst, TimeProvider clock) => (_newestFirst, _clock) = (newestFirst, clock);

    internal DatedKey Signing => DatedKey.Current(_newestFirst, _clock.GetUtcNow());

    internal IEnumerable<DatedKey> All => _newestFirst;

    internal DatedKey? Find(string id) => _newestFirst.FirstOrDefault(key => key.Id == id);

    private static partial class Log
    {
        [LoggerMessage(2304, LogLevel.Error,
            "The keys of cursors (Cursors__Keys) cannot be read. This instance signs with a key of its own, and no other accepts its cursors and addresses")]
        public static partial void HasNoKeys(ILogger logger);
    }
}
