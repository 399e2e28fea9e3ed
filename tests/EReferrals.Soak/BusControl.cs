using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace EReferrals.Soak;

/// <summary>A client of the emulator's control channel, which injects faults.</summary>
internal sealed class BusControl(Uri administration) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http = new() { BaseAddress = new Uri(administration, "control/") };

    public Task DeliverEverythingTwiceAsync(bool on) => PutFaultsAsync(new { DeliverEverythingTwice = on });

    /// <param name="rate">From 0 to 1.</param>
    public Task FailSendsAsync(double rate) => PutFaultsAsync(new { SendFailureRate = rate });

    /// <summary>Simulates a full disk, or ends the simulation.</summary>
    public Task FillFileAsync(bool isFull) => PutFaultsAsync(new { IsFileFull = isFull });

    public Task SetClockAsync(TimeSpan ahead) => PostAsync(string.Create(CultureInfo.InvariantCulture, $"clock?ahead={ahead.TotalSeconds}"));

    /// <summary>Delivers all scheduled messages now.</summary>
    public Task DeliverScheduledAsync() => PostAsync("scheduled");

    public void Dispose() => _http.Dispose();

    private Task PutFaultsAsync(object faults) => SendAsync(() => _http.PutAsJsonAsync(new Uri("faults", UriKind.Relative), faults));

    private Task PostAsync(string what) => SendAsync(() => _http.PostAsync(new Uri(what, UriKind.Relative), null));

    // On a busy machine the emulator may still be restarting after a kill.
    private static async Task SendAsync(Func<Task<HttpResponseMessage>> send)
    {
        for (var waiting = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var response = await send();
                response.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException ex) when (
                ex.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.ResponseEnded && waiting.Elapsed < Patience)
            {
                await Task.Delay(100);
            }
        }
    }
}
