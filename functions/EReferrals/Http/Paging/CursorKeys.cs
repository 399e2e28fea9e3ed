using Microsoft.Extensions.Logging;

namespace EReferrals.Http.Paging;

/// <summary>
/// The keys of all cursors, the same on every instance. The newest key whose day has come signs; all of them verify. A new key is given before its
/// day, so that every instance can verify what it signs.
/// </summary>
public sealed partial class CursorKeys
{
    private readonly IReadOnlyList<CursorKey> _newestFirst;
    private readonly TimeProvider _clock;

    public CursorKeys(Settings settings, TimeProvider clock, ILogger<CursorKeys> logger)
        : this(settings.CursorKeys ?? [CursorKey.OfThisInstance()], clock)
    {
        if (settings.CursorKeys is null) Log.HasNoKeys(logger);
    }

    internal CursorKeys(IReadOnlyList<CursorKey> newestFirst, TimeProvider clock) => (_newestFirst, _clock) = (newestFirst, clock);

    internal CursorKey Signing
    {
        get
        {
            var today = DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);
            return _newestFirst.FirstOrDefault(key => key.SignsFrom <= today) ?? _newestFirst[^1];
        }
    }

    internal CursorKey? Find(string id) => _newestFirst.FirstOrDefault(key => key.Id == id);

    private static partial class Log
    {
        [LoggerMessage(2304, LogLevel.Error,
            "The keys of cursors (Cursors__Keys) cannot be read. This instance signs with a key of its own, and no other instance accepts its cursors")]
        public static partial void HasNoKeys(ILogger logger);
    }
}
