using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EReferrals.Tests.Journeys;

/// <summary>One running app with a storage proxy in front of each endpoint of its two storage accounts.</summary>
public sealed class RefusingStorageApp : IAsyncLifetime
{
    private readonly ClockedApp _clocked;
    private readonly ConcurrentQueue<string> _log = [];
    private StorageProxy[] _records = [];
    private StorageProxy[] _contingency = [];

    public RefusingStorageApp() => _clocked = new ClockedApp { Configure = Configure };

    public RunningApp App => _clocked.App;

    /// <summary>Everything that was logged, with full exceptions.</summary>
    public IReadOnlyCollection<string> Log => _log;

    public async Task InitializeAsync()
    {
        _records = [await StorageProxy.StartAsync(), await StorageProxy.StartAsync()];
        _contingency = [await StorageProxy.StartAsync()];
        await _clocked.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _clocked.DisposeAsync();
        foreach (var proxy in _records.Concat(_contingency)) await proxy.DisposeAsync();
    }

    /// <summary>The records account responds with 403 until the returned object is disposed.</summary>
    public IDisposable ByRecords() => new Refusal(_records, "/");

    /// <summary>One table of the records account responds with 403 until the returned object is disposed.</summary>
    public IDisposable ByTable(string table) => new Refusal(_records, $"/{table}");

    public IDisposable ByContingency() => new Refusal(_contingency, "/");

    public Task FifteenSecondsLaterAsync() => _clocked.FifteenSecondsLaterAsync();

    /// <summary>A version is cached for one second, and a failed account is not called for five seconds.</summary>
    public void ExpireCaches() => _clocked.Clock.Advance(TimeSpan.FromSeconds(6));

    private void Configure(FunctionsApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ILoggerProvider>(new CapturedLog(_log));
        Place(builder, "Records:ConnectionString", "BlobEndpoint", _records[0]);
        Place(builder, "Records:ConnectionString", "TableEndpoint", _records[1]);
        Place(builder, "Contingency:ConnectionString", "BlobEndpoint", _contingency[0]);
    }

    /// <summary>Puts the storage proxy in front of an endpoint whose address the app has not read yet.</summary>
    internal static void Place(FunctionsApplicationBuilder builder, string setting, string endpoint, StorageProxy proxy)
    {
        InProcessWorker.WhenConfigured(builder, configuration =>
        {
            var parts = configuration[setting]!.Split(';');
            var index = Array.FindIndex(parts, part => part.StartsWith($"{endpoint}=", StringComparison.Ordinal));
            proxy.Target = new Uri(parts[index][(endpoint.Length + 1)..]);
            parts[index] = $"{endpoint}={new Uri(proxy.Address, proxy.Target.AbsolutePath)}";
            configuration[setting] = string.Join(';', parts);
        });
    }

    private sealed class Refusal : IDisposable
    {
        private readonly StorageProxy[] _proxies;

        public Refusal(StorageProxy[] proxies, string part)
        {
            _proxies = proxies;
            foreach (var proxy in _proxies) proxy.Refused = part;
        }

        public void Dispose()
        {
            foreach (var proxy in _proxies) proxy.Refused = null;
        }
    }
}
