using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Security;

/// <summary>
/// The issuer's signing keys. Once fetched they outlive an outage of the issuer. Fetched by one request at a time, again after an hour, and
/// at once (but at most every ten seconds) when a token names a key that is not among them. The library's own ConfigurationManager refreshes
/// behind the request that needs the new key, which would then be refused, and goes by the wall clock.
/// </summary>
public sealed partial class SigningKeys(TokenSettings settings, IDocumentRetriever documents, TimeProvider clock, ILogger<SigningKeys> logger)
{
    private static readonly TimeSpan FetchLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);
    private static readonly TimeSpan PauseWithKeys = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PauseWithoutKeys = TimeSpan.FromSeconds(1);

    private readonly OpenIdConnectConfigurationRetriever _retriever = new();
    private readonly Lock _gate = new();
    private volatile IReadOnlyCollection<SecurityKey>? _keys;
    private DateTimeOffset _fetchedAt;
    private DateTimeOffset _triedAt = DateTimeOffset.MinValue;
    private Task _fetch = Task.CompletedTask;

    /// <summary>Null when the issuer has never been reached.</summary>
    public async ValueTask<IReadOnlyCollection<SecurityKey>?> GetAsync(CancellationToken cancellationToken)
    {
        if (_keys is null) await FetchOnceAsync(PauseWithoutKeys).WaitAsync(cancellationToken);
        else if (clock.GetUtcNow() - _fetchedAt > Fresh) _ = FetchOnceAsync(PauseWithKeys);
        return _keys;
    }

    /// <summary>Looks for a key that is not among <paramref name="known"/>; answers the same keys when it is too soon to ask again.</summary>
    public async Task<IReadOnlyCollection<SecurityKey>> GetNewerAsync(IReadOnlyCollection<SecurityKey> known, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(known, _keys)) await FetchOnceAsync(PauseWithKeys).WaitAsync(cancellationToken);
        return _keys ?? known;
    }

    private Task FetchOnceAsync(TimeSpan pause)
    {
        lock (_gate)
        {
            if (!_fetch.IsCompleted) return _fetch;
            var now = clock.GetUtcNow();
            if (_triedAt + pause > now) return Task.CompletedTask;
            _triedAt = now;
            // On its own: the request that began it may be cancelled while others wait for it.
            return _fetch = Task.Run(FetchAsync);
        }
    }

    private async Task FetchAsync()
    {
        using var limit = new CancellationTokenSource(FetchLimit, clock);
        try
        {
            var configuration = await ((IConfigurationRetriever<OpenIdConnectConfiguration>)_retriever)
                .GetConfigurationAsync(settings.MetadataAddress.AbsoluteUri, documents, limit.Token)
                .WaitAsync(FetchLimit, clock);
            if (configuration.SigningKeys.Count == 0) throw new InvalidDataException("The issuer names no signing keys.");
            _fetchedAt = clock.GetUtcNow();
            _keys = [.. configuration.SigningKeys];
        }
        catch (Exception ex)
        {
            // The keys we have stay good. Whoever has none is answered 503 by the caller of this.
            Log.Unreachable(logger, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Warning, "The issuer's signing keys could not be fetched")]
        public static partial void Unreachable(ILogger logger, Exception failure);
    }
}
