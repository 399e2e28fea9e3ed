using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace EReferrals.Benchmarks.Load;

/// <summary>Sends the requests of one flow and records the outcome of each.</summary>
internal sealed class FlowRun(LoadPlan plan, Flow flow, Ledger ledger, Stopwatch clock) : IDisposable
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = flow.Connections, UseCookies = false })
    {
        BaseAddress = plan.Address,
        Timeout = TimeSpan.FromSeconds(30),
    };

    private readonly ConcurrentDictionary<int, ConcurrentBag<double>> _latencies = new();
    private readonly ConcurrentDictionary<Call, string> _tags = new();
    private readonly ConcurrentBag<string> _accepted = [];
    private int _turn = -1;
    private int _unknown;
    private int _bareSheds;

    public Task SendAllAsync() => flow.Rates.Count > 0 ? OpenAsync() : ClosedAsync();

    public FlowResult Result(double seconds) => new(
        flow.Name, seconds, _latencies.ToDictionary(pair => pair.Key, pair => Latency.Of(pair.Value)), _unknown, _bareSheds, [.. _accepted]);

    public void Dispose() => _http.Dispose();

    // A late request is sent at once. Its latency counts from its due time, so that a stall is visible in the latencies.
    private async Task OpenAsync()
    {
        var running = new List<Task>();
        foreach (var due in Arrivals.Of(flow, plan.Seconds))
        {
            var ahead = due - clock.Elapsed;
            if (ahead > TimeSpan.FromMilliseconds(0.5)) await Task.Delay(ahead);
            running.Add(SendAsync(due));
        }

        await Task.WhenAll(running);
    }

    private Task ClosedAsync()
    {
        var left = flow.AtMost ?? int.MaxValue;
        return Task.WhenAll(Enumerable.Range(0, flow.Connections).Select(_ => Task.Run(async () =>
        {
            while (clock.Elapsed.TotalSeconds < plan.Seconds && Interlocked.Decrement(ref left) >= 0)
            {
                var pause = await SendAsync(clock.Elapsed);
                if (pause > TimeSpan.Zero) await Task.Delay(pause);
            }
        })));
    }

    /// <summary>Returns the time that this sender should wait before its next request.</summary>
    private async Task<TimeSpan> SendAsync(TimeSpan due)
    {
        if (Next() is not var (call, path)) return AfterFailure;
        try
        {
            using var response = await SendAsync(flow.Method, path, call, Tag(call), flow.Method == "POST");
            if (flow.ThenPost is null || response.StatusCode != HttpStatusCode.OK) return await NoteAsync(response, call, due);
            using var changed = await SendAsync("POST", path + flow.ThenPost, call, ("If-Match", response.Headers.ETag?.ToString()), withBody: true);
            return await NoteAsync(changed, call, due);
        }
        catch (Exception ex) when (ex is HttpRequestException or OperationCanceledException or IOException)
        {
            Interlocked.Increment(ref _unknown);
            return AfterFailure;
        }
    }

    private (Call Call, string Path)? Next()
    {
        if (!flow.OfAccepted)
        {
            var call = flow.Calls[(int)((uint)Interlocked.Increment(ref _turn) % (uint)flow.Calls.Count)];
            return (call, call.Path);
        }

        lock (_tags)
        {
            if (ledger.At(_turn + 1) is not { } entry) return null;
            _turn++;
            var call = flow.Calls.First(call => call.Group == entry.Group);
            return (call, call.Path.Replace("{ubrn}", entry.Ubrn, StringComparison.Ordinal));
        }
    }

    private (string Name, string? Value) Tag(Call call) => ("If-None-Match", flow.Conditional ? _tags.GetValueOrDefault(call) : null);

    private async Task<HttpResponseMessage> SendAsync(string method, string path, Call call, (string Name, string? Value) condition, bool withBody)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in call.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (condition.Value is not null) request.Headers.TryAddWithoutValidation(condition.Name, condition.Value);
        if (flow.WithKey) request.Headers.TryAddWithoutValidation("Idempotency-Key", Guid.NewGuid().ToString());
        if (withBody) request.Content = Content(call);
        var response = await _http.SendAsync(request);
        if (flow.Conditional && response.Headers.ETag is { } tag) _tags[call] = tag.ToString();
        return response;
    }

    private ByteArrayContent Content(Call call)
    {
        var bytes = (call.Body ?? flow.Body) is { } text
            ? Encoding.UTF8.GetBytes(text.Replace(SubmissionBody.Patient, InventedNhsNumbers.Next(), StringComparison.Ordinal))
            : RandomPdf(flow.BodyBytes);
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", flow.ContentType);
        return content;
    }

    private static byte[] RandomPdf(int length)
    {
        var bytes = new byte[length];
        Random.Shared.NextBytes(bytes);
        "%PDF-1.7\n"u8.CopyTo(bytes);
        return bytes;
    }

    private async Task<TimeSpan> NoteAsync(HttpResponseMessage response, Call call, TimeSpan due)
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        var status = (int)response.StatusCode;
        var took = clock.Elapsed - due;
        _latencies.GetOrAdd(status, _ => []).Add(took.TotalMilliseconds);
        if (status == 202 && flow.Method == "POST" && UbrnIn(body) is { } ubrn)
        {
            _accepted.Add(ubrn);
            ledger.Accepted(ubrn, call.Group, took);
        }

        if (status is not (429 or 503)) return TimeSpan.Zero;
        if (response.Headers.RetryAfter is null) Interlocked.Increment(ref _bareSheds);
        return flow.HonoursRetryAfter ? response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1) : TimeSpan.Zero;
    }

    private static string? UbrnIn(byte[] body)
    {
        using var answer = JsonDocument.Parse(body);
        return answer.RootElement.TryGetProperty("ubrn", out var ubrn) ? ubrn.GetString() : null;
    }
}
