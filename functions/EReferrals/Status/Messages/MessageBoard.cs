using EReferrals.Resilience;
using EReferrals.Status.Health;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Messages;

/// <summary>
/// What operators tell everyone. Kept in the contingency account, so that it can be said that the tables are down while they are, and read again
/// every two seconds by every instance.
/// </summary>
public sealed partial class MessageBoard
{
    /// <summary>More than anybody reads.</summary>
    public const int MostMessages = 20;

    private readonly SharedDocument<OperatorMessages> _document;
    private readonly SharedAnswer<OperatorMessages> _answer;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private volatile OperatorMessages _last = OperatorMessages.None;

    public MessageBoard(SharedDocuments documents, TimeProvider clock, ILogger<MessageBoard> logger)
    {
        _document = documents.Open("messages.json", StoredStatusJson.Default.OperatorMessages, OperatorMessages.None);
        _answer = new SharedAnswer<OperatorMessages>(TimeSpan.FromSeconds(2), ServiceStatus.Patience, clock, ReadLastAsync);
        _clock = clock;
        _logger = logger;
    }

    /// <summary>What is to be shown now, newest first; while the board cannot be read, what this instance read last.</summary>
    public async Task<IReadOnlyList<OperatorMessage>> ShownAsync() => (await _answer.GetAsync()).ShownAt(_clock.GetUtcNow());

    /// <summary>As <see cref="ShownAsync"/>, and throws when the board cannot be read.</summary>
    public async Task<IReadOnlyList<OperatorMessage>> ReadAsync(CancellationToken cancellationToken) =>
        (await _document.ReadAsync(cancellationToken)).ShownAt(_clock.GetUtcNow());

    /// <summary>False when the board is full.</summary>
    public async Task<bool> PostAsync(OperatorMessage message, CancellationToken cancellationToken)
    {
        var after = await _document.ChangeAsync(board => board.With(message, _clock.GetUtcNow()), cancellationToken);
        _answer.Put(_last = after);
        return after.Messages.Any(shown => shown.Id == message.Id);
    }

    public async Task RemoveAsync(Guid id, CancellationToken cancellationToken) =>
        _answer.Put(_last = await _document.ChangeAsync(board => board.Without(id), cancellationToken));

    // Does not throw: what was known is the answer.
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
        [LoggerMessage(5021, LogLevel.Warning, "The operators' messages could not be read; those that were known stay")]
        public static partial void NotRead(ILogger logger, Exception failure);
    }
}
