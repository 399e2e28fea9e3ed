using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace EReferrals.Benchmarks.Load;

/// <summary>Reads a change feed and records the first time that each accepted referral appears. A referral must not appear as new twice.</summary>
internal sealed class Follower : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;
    private readonly Call _feed;
    private readonly Ledger _ledger;
    private readonly ConcurrentDictionary<string, long> _seen = new();
    private readonly CancellationTokenSource _stop = new();
    private string _cursor;
    private int _doubled;
    private Task _reading = Task.CompletedTask;

    private Follower(HttpClient http, Call feed, Ledger ledger, string cursor) => (_http, _feed, _ledger, _cursor) = (http, feed, ledger, cursor);

    public static async Task<Follower> BeginAsync(Uri address, Call feed, Ledger ledger)
    {
        var http = new HttpClient { BaseAddress = address };
        var list = feed.Path[..feed.Path.IndexOf("/changes", StringComparison.Ordinal)];
        using var answer = await GetAsync(http, new Call($"{list}?limit=1", feed.Headers));
        var follower = new Follower(http, feed, ledger, answer.RootElement.GetProperty("changes").GetString()!);
        follower._reading = Task.Run(follower.ReadAsync);
        return follower;
    }

    /// <summary>Waits until every accepted referral has appeared, for at most one minute.</summary>
    public async Task<FollowResult> EndAsync()
    {
        var waiting = Stopwatch.StartNew();
        while (_ledger.Due.Keys.Any(ubrn => !_seen.ContainsKey(ubrn)) && waiting.Elapsed < Patience && !_reading.IsCompleted) await Task.Delay(Pause);
        await _stop.CancelAsync();
        await _reading;
        var seen = _ledger.Due.Where(pair => _seen.ContainsKey(pair.Key)).ToArray();
        return new FollowResult(
            Latency.Of(seen.Select(pair => Stopwatch.GetElapsedTime(pair.Value, _seen[pair.Key]).TotalMilliseconds)), _ledger.Due.Count - seen.Length,
            _doubled);
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ReadAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            using var answer = await GetAsync(_http, _feed with { Path = _feed.Path + _cursor });
            var now = Stopwatch.GetTimestamp();
            var isNew = false;
            foreach (var change in answer.RootElement.GetProperty("changes").EnumerateArray())
            {
                isNew = true;
                if (change.GetProperty("version").GetInt32() == 1 && !_seen.TryAdd(change.GetProperty("ubrn").GetString()!, now)) _doubled++;
            }

            _cursor = answer.RootElement.GetProperty("next").GetString()!;
            if (!isNew) await Task.Delay(Pause);
        }
    }

    private static async Task<JsonDocument> GetAsync(HttpClient http, Call call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, call.Path);
        foreach (var (name, value) in call.Headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
    }
}
