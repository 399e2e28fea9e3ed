using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Security;

/// <summary>
/// The issuer's signing keys, cached so that they outlive an outage of the issuer. Fetches are single-flight. The cache refreshes after five minutes in the
/// background, and after nine minutes before a token is checked, so that a key that the issuer withdrew stops working within ten minutes. A set that the
/// issuer answers replaces the cached one, also when it is empty; a failed fetch leaves the cached one, until every token from before the outage has
/// expired. It refreshes at once (but at most every ten seconds) when a token names an unknown key. The library's ConfigurationManager is not used: it
/// refreshes in the background, so the request that needs the new key would be refused, and it uses the wall clock.
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

    private readonly Lock _gate = new();
    private volatile IReadOnlyCollection<SecurityKey>? _keys;
    private DateTimeOffset _fetchedAt;
    private DateTimeOffset _triedAt = DateTimeOffset.MinValue;
    private Task _fetch = Task.CompletedTask;

    /// <summary>
    /// The keys of the latest successful fetch. Null when no fetch has ever succeeded, when the issuer published no key, and when no fetch has succeeded for
    /// as long as a token may live. Each fetch returns another object.
    /// </summary>
    public async ValueTask<IReadOnlyCollection<SecurityKey>?> GetAsync(CancellationToken cancellationToken)
    {
        if (Usable is null) await FetchOnceAsync(MinIntervalWithoutKeys).WaitAsync(cancellationToken);
        else if (Age > StaleAfter) await FetchOnceAsync(MinIntervalWhenStale).WaitAsync(cancellationToken);
        else if (Age > RefreshAfter) _ = FetchOnceAsync(MinIntervalWithKeys);
        return Usable;
    }

    /// <summary>
    /// Refreshes the keys when the cache still holds <paramref name="known"/>. Returns the same keys when the last fetch is less than ten seconds ago or
    /// the fetch fails; null as <see cref="GetAsync"/>.
    /// </summary>
    public async Task<IReadOnlyCollection<SecurityKey>?> GetNewerAsync(IReadOnlyCollection<SecurityKey> known, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(known, _keys)) await FetchOnceAsync(MinIntervalWithKeys).WaitAsync(cancellationToken);
        return Usable;
    }

    private IReadOnlyCollection<SecurityKey>? Usable => Age > LongestLifetime ? null : _keys;

    private TimeSpan Age => clock.GetUtcNow() - _fetchedAt;

    private TimeSpan LongestLifetime => settings.ApplicationLifetime > settings.UserLifetime ? settings.ApplicationLifetime : settings.UserLifetime;

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
            var keys = await ReadAsync(limit.Token).WaitAsync(FetchLimit, clock);
            _fetchedAt = clock.GetUtcNow();
            // Not null keys that accept nothing: without any key nobody can tell which token is good, so the caller keeps its token and retries (503).
            _keys = keys.Length == 0 ? null : keys;
            if (keys.Length == 0) Log.NoKeys(logger);
        }
        catch (Exception ex)
        {
            // Cached keys stay valid. Without any, TokenValidator returns Unknown and the request gets 503.
            Log.Unreachable(logger, ex);
        }
    }

    // An answer that is no key set, such as the page of a proxy, is a failure; an empty key set withdraws all keys.
    private async Task<SecurityKey[]> ReadAsync(CancellationToken cancellationToken)
    {
        var metadata = OpenIdConnectConfiguration.Create(await documents.GetDocumentAsync(settings.MetadataAddress.AbsoluteUri, cancellationToken));
        if (string.IsNullOrEmpty(metadata.JwksUri)) throw new InvalidDataException("The issuer's metadata does not name its key set.");
        var answer = await documents.GetDocumentAsync(metadata.JwksUri, cancellationToken);
        using var set = JsonDocument.Parse(answer);
        return set.RootElement.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array
            ? [.. JsonWebKeySet.Create(answer).GetSigningKeys()]
            : throw new InvalidDataException("The issuer's key set has no list of keys.");
    }

    private static partial class Log
    {
        [LoggerMessage(2403, LogLevel.Warning, "Could not fetch the issuer's signing keys")]
        public static partial void Unreachable(ILogger logger, Exception failure);

        [LoggerMessage(2405, LogLevel.Error,
            "The token issuer publishes no signing key: every call with a token gets 503. Publish a key there; no restart is needed")]
        public static partial void NoKeys(ILogger logger);
    }
}
