using EReferrals.Resilience;
using EReferrals.Status.Health;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Messages;

/// <summary>
/// The status messages of operators. Stored in the contingency account, so that operators can announce an outage of the tables during it. Each instance
/// caches them for two seconds.
/// </summary>
public sealed partial class MessageBoard
{
    /// <summary>The maximum number of messages.</summary>
    public const int MostMessages = 20;

    private readonly SharedDocument<OperatorMessages> _document;
    private readonly SharedResult<OperatorMessages> _shared;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private volatile OperatorMessages _last = OperatorMessages.None;

    public MessageBoard(SharedDocuments documents, TimeProvider clock, ILogger<MessageBoard> logger)
    {
        _document = documents.Open("messages.json", StoredStatusJson.Default.OperatorMessages, OperatorMessages.None);
        _shared = new SharedResult<OperatorMessages>(TimeSpan.FromSeconds(2), ServiceStatus.Patience, clock, ReadLastAsync);
        _clock = clock;
        _logger = logger;
    }

    /// <summary>The current messages, newest first. While the board cannot be read, the messages that this instance last read.</summary>
    public async Task<IReadOnlyList<OperatorMessage>> ShownAsync() => (await _shared.GetAsync()).ShownAt(_clock.GetUtcNow());

    /// <summary>Reads the current messages, newest first. Throws when the board cannot be read.</summary>
    public async Task<IReadOnlyList<OperatorMessage>> ReadAsync(CancellationToken cancellationToken) =>
        (await _document.ReadAsync(cancellationToken)).ShownAt(_clock.GetUtcNow());

    /// <summary>
    /// Posts a message. Returns its id, or that of the same message of the same operator that is still shown; null when the board is full.
    /// </summary>
    public async Task<Guid?> PostAsync(OperatorMessage message, CancellationToken cancellationToken)
    {
        var after = await _document.ChangeAsync(board => board.With(message, _clock.GetUtcNow()), cancellationToken);
        _shared.Put(_last = after);
        return after.Same(message, _clock.GetUtcNow())?.Id;
    }

    public async Task RemoveAsync(Guid id, CancellationToken cancellationToken) =>
        _shared.Put(_last = await _document.ChangeAsync(board => board.Without(id), cancellationToken));

    // Does not throw: returns the last messages when the board cannot be read.
    private async Task<OperatorMessages> ReadLastAsync()
    {
        try
        {
            return _last = await TimeLimit.WithinAsync(_clock, _document.ReadAsync);
        }
        catch (Exception ex)
        {
            Log.NotRead(_logger, ex);
            return _last;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2211, LogLevel.Warning, "Could not read the operators' messages; showing the last ones that this instance has")]
        public static partial void NotRead(ILogger logger, Exception failure);
    }
}
