using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Security;

/// <summary>
/// The issuer's signing keys, cached so that they outlive an outage of the issuer. Fetches are single-flight. The cache refreshes after five minutes in the
/// background, and after nine minutes before a token is checked, so that a key that the issuer withdrew stops working within ten minutes. It refreshes at
/// once (but at most every ten seconds) when a token names an unknown key. The library's ConfigurationManager is not used: it refreshes in the
/// background, so the request that needs the new key would be refused, and it uses the wall clock.
/// </summary>
public sealed partial class SigningKeys(TokenSettings settings, IDocumentRetriever documents, TimeProvider clock, ILogger<SigningKeys> logger)
{
    private static readonly TimeSpan FetchLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(9);

    // During an outage of the issuer, requests wait for it once a minute only.
    private static readonly TimeSpan MinIntervalWhenStale = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MinIntervalWithKeys = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MinIntervalWithoutKeys = TimeSpan.FromSeconds(1);

    private readonly OpenIdConnectConfigurationRetriever _retriever = new();
    private readonly Lock _gate = new();
    private volatile IReadOnlyCollection<SecurityKey>? _keys;
    private DateTimeOffset _fetchedAt;
    private DateTimeOffset _triedAt = DateTimeOffset.MinValue;
    private Task _fetch = Task.CompletedTask;

    /// <summary>The keys of the latest successful fetch; null when no fetch has ever succeeded. Each fetch returns another object.</summary>
    public async ValueTask<IReadOnlyCollection<SecurityKey>?> GetAsync(CancellationToken cancellationToken)
    {
        if (_keys is null) await FetchOnceAsync(MinIntervalWithoutKeys).WaitAsync(cancellationToken);
        else if (clock.GetUtcNow() - _fetchedAt > StaleAfter) await FetchOnceAsync(MinIntervalWhenStale).WaitAsync(cancellationToken);
        else if (clock.GetUtcNow() - _fetchedAt > RefreshAfter) _ = FetchOnceAsync(MinIntervalWithKeys);
        return _keys;
    }

    /// <summary>
    /// Refreshes the keys when the cache still holds <paramref name="known"/>. Returns the same keys when the last fetch is less than ten seconds ago or
    /// the fetch fails.
    /// </summary>
    public async Task<IReadOnlyCollection<SecurityKey>> GetNewerAsync(IReadOnlyCollection<SecurityKey> known, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(known, _keys)) await FetchOnceAsync(MinIntervalWithKeys).WaitAsync(cancellationToken);
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
            // A task of its own: the request that starts the fetch may be cancelled while others wait for it.
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
            if (configuration.SigningKeys.Count == 0) throw new InvalidDataException("The issuer's metadata contains no signing keys.");
            _fetchedAt = clock.GetUtcNow();
            _keys = [.. configuration.SigningKeys];
        }
        catch (Exception ex)
        {
            // Cached keys stay valid. Without any, TokenValidator returns Unknown and the request gets 503.
            Log.Unreachable(logger, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2403, LogLevel.Warning, "Could not fetch the issuer's signing keys")]
        public static partial void Unreachable(ILogger logger, Exception failure);
    }
}
