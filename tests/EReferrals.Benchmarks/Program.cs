using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EReferrals.Benchmarks;

// dotnet run -c Release --project tests/EReferrals.Benchmarks
// The first scenarios of the benchmark: accept, accept to visible, unchanged polls. Ends with 1 when a referral is missing or doubled.
Console.WriteLine($"{DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} cores, .NET {Environment.Version}");
await using var app = await MeasuredApp.StartAsync();
var accepted = new ConcurrentBag<string>();

// Warm-up: the first requests pay for compilation.
await ClosedLoopAsync("warm-up", 16, TimeSpan.FromSeconds(2), withKey: false);
await WaitUntilListedAsync(accepted.Count);

await VisibleAsync(submissions: 500, connections: 16);
foreach (var connections in new[] { 1, 16, 64 }) await ClosedLoopAsync($"accept, {connections} connections", connections, TimeSpan.FromSeconds(5), withKey: false);
await ClosedLoopAsync("accept with Idempotency-Key, 64 connections", 64, TimeSpan.FromSeconds(5), withKey: true);
await PollsAsync(16, TimeSpan.FromSeconds(3));

var drain = Stopwatch.StartNew();
var listed = await WaitUntilListedAsync(accepted.Count);
var doubled = listed.Count - listed.Distinct().Count();
var missing = accepted.Except(listed).Count();
Console.WriteLine($"all {accepted.Count} accepted referrals listed {drain.Elapsed.TotalSeconds:0.0} s after the last; {missing} missing, {doubled} doubled");
return missing + doubled == 0 ? 0 : 1;

async Task ClosedLoopAsync(string name, int connections, TimeSpan time, bool withKey)
{
    using var template = await app.RequestAsync(HttpMethod.Post, "/v1/referrals", "021600556514", "D82106", "REFERRING_CLINICIAN");
    var latencies = new ConcurrentBag<double>();
    var statuses = new ConcurrentDictionary<int, int>();
    var before = (App: app.ProcessorTime, Own: Process.GetCurrentProcess().TotalProcessorTime);
    var clock = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
    {
        while (clock.Elapsed < time) await SubmitAsync(template, withKey, latencies, statuses);
    })));
    var seconds = clock.Elapsed.TotalSeconds;
    var cpu = (App: (app.ProcessorTime - before.App).TotalSeconds / seconds, Own: (Process.GetCurrentProcess().TotalProcessorTime - before.Own).TotalSeconds / seconds);
    var codes = string.Join(' ', statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}:{pair.Value}"));
    Console.WriteLine($"{name}: {latencies.Count / seconds:0} /s, {Percentiles(latencies)}, statuses {codes}, cores app {cpu.App:0.00} generator {cpu.Own:0.00}");
}

async Task SubmitAsync(HttpRequestMessage template, bool withKey, ConcurrentBag<double> latencies, ConcurrentDictionary<int, int> statuses)
{
    using var request = new HttpRequestMessage(HttpMethod.Post, template.RequestUri);
    foreach (var header in template.Headers) request.Headers.TryAddWithoutValidation(header.Key, header.Value);
    if (withKey) request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
    request.Content = new StringContent(Body(), Encoding.UTF8, "application/json");
    var started = Stopwatch.GetTimestamp();
    using var response = await app.Http.SendAsync(request);
    var answer = await response.Content.ReadAsByteArrayAsync();
    latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    statuses.AddOrUpdate((int)response.StatusCode, 1, (_, count) => count + 1);
    if ((int)response.StatusCode == 202) accepted.Add(JsonDocument.Parse(answer).RootElement.GetProperty("ubrn").GetString()!);
}

// Each submission's time from its 202 until a reader of the hospital's list first sees it.
async Task VisibleAsync(int submissions, int connections)
{
    using var template = await app.RequestAsync(HttpMethod.Post, "/v1/referrals", "021600556514", "D82106", "REFERRING_CLINICIAN");
    var seen = new ConcurrentDictionary<string, long>();
    using var stop = new CancellationTokenSource();
    var reader = Task.Run(async () =>
    {
        string? cursor = null;
        while (!stop.IsCancellationRequested)
        {
            var (ubrns, next) = await ChangesAsync(cursor);
            var now = Stopwatch.GetTimestamp();
            foreach (var ubrn in ubrns) seen.TryAdd(ubrn, now);
            cursor = next;
            if (ubrns.Count == 0) await Task.Delay(20);
        }
    });
    await Task.Delay(200);
    var at = new ConcurrentDictionary<string, long>();
    var left = submissions;
    await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
    {
        while (Interlocked.Decrement(ref left) >= 0)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, template.RequestUri) { Content = new StringContent(Body(), Encoding.UTF8, "application/json") };
            foreach (var header in template.Headers) request.Headers.TryAddWithoutValidation(header.Key, header.Value);
            using var response = await app.Http.SendAsync(request);
            response.EnsureSuccessStatusCode();
            var ubrn = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync()).RootElement.GetProperty("ubrn").GetString()!;
            at[ubrn] = Stopwatch.GetTimestamp();
            accepted.Add(ubrn);
        }
    })));
    var waiting = Stopwatch.StartNew();
    while (at.Keys.Any(ubrn => !seen.ContainsKey(ubrn)) && waiting.Elapsed < TimeSpan.FromSeconds(60)) await Task.Delay(20);
    await stop.CancelAsync();
    await reader;
    var times = at.Where(pair => seen.ContainsKey(pair.Key)).Select(pair => Math.Max(0, Stopwatch.GetElapsedTime(pair.Value, seen[pair.Key]).TotalMilliseconds)).ToArray();
    Console.WriteLine($"accept to visible, {submissions} submissions from {connections} connections: {Percentiles(times)}, seen {times.Length} of {submissions}");
}

async Task<(List<string> Ubrns, string? Next)> ChangesAsync(string? cursor)
{
    using var request = await ReaderAsync(cursor is null ? "/v1/worklists/REFERRALS_FOR_REVIEW?limit=1" : $"/v1/worklists/REFERRALS_FOR_REVIEW/changes?limit=1000&since={cursor}");
    using var response = await app.Http.SendAsync(request);
    response.EnsureSuccessStatusCode();
    using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
    return cursor is null
        ? ([], answer.RootElement.GetProperty("changes").GetString())
        : ([.. answer.RootElement.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("ubrn").GetString()!)], answer.RootElement.GetProperty("next").GetString());
}

async Task PollsAsync(int connections, TimeSpan time)
{
    using var first = await app.Http.SendAsync(await ReaderAsync("/v1/worklists/APPOINTMENT_SLOT_ISSUES"));
    using var template = await ReaderAsync("/v1/worklists/APPOINTMENT_SLOT_ISSUES");
    var tag = first.Headers.ETag!.ToString();
    var latencies = new ConcurrentBag<double>();
    var clock = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
    {
        while (clock.Elapsed < time)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, template.RequestUri);
            foreach (var header in template.Headers) request.Headers.TryAddWithoutValidation(header.Key, header.Value);
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
            var started = Stopwatch.GetTimestamp();
            using var response = await app.Http.SendAsync(request);
            if ((int)response.StatusCode != 304) throw new InvalidOperationException($"A poll was answered with {(int)response.StatusCode}.");
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
    })));
    Console.WriteLine($"unchanged polls, {connections} connections: {latencies.Count / clock.Elapsed.TotalSeconds:0} /s, {Percentiles(latencies)}");
}

async Task<List<string>> WaitUntilListedAsync(int count)
{
    var patience = Stopwatch.StartNew();
    while (true)
    {
        var listed = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            using var request = await ReaderAsync($"/v1/worklists/REFERRALS_FOR_REVIEW?limit=1000{(cursor == "" ? "" : "&cursor=" + cursor)}");
            using var response = await app.Http.SendAsync(request);
            if (!response.IsSuccessStatusCode) break;
            using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
            listed.AddRange(answer.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("ubrn").GetString()!));
            cursor = answer.RootElement.GetProperty("next").GetString();
        }

        if (listed.Count >= count || patience.Elapsed > TimeSpan.FromMinutes(5)) return listed;
        Console.WriteLine($"  {listed.Count} of {count} listed");
        await Task.Delay(2000);
    }
}

Task<HttpRequestMessage> ReaderAsync(string path) => app.RequestAsync(HttpMethod.Get, path, "103264994981", "R69", "SERVICE_PROVIDER_CLINICIAN");

static string Body() => string.Create(CultureInfo.InvariantCulture, $$"""
    {"patient":{"nhsNumber":"9434765919","familyName":"Jones","givenName":"Ann","birthDate":"1980-02-01"},"service":"50001","priority":"ROUTINE",
     "specialty":"CARDIOLOGY","clinicType":"HEART_FAILURE","reason":"{{new string('x', 1_500)}}","snomed":["22298006"]}
    """);

static string Percentiles(IEnumerable<double> milliseconds)
{
    var ordered = milliseconds.Order().ToArray();
    return ordered.Length == 0 ? "none" : $"p50 {ordered[ordered.Length / 2]:0.0} ms, p99 {ordered[(int)(ordered.Length * 0.99)]:0.0} ms, max {ordered[^1]:0.0} ms";
}
