using System.Globalization;
using System.Net.Http.Json;

namespace EReferrals.Soak;

/// <summary>The control channel of the Service Bus emulator: what goes wrong in it on purpose.</summary>
internal sealed class BusControl(Uri administration) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(administration, "control/") };

    public Task DeliverEverythingTwiceAsync(bool on) => PutFaultsAsync(new { DeliverEverythingTwice = on });

    /// <param name="rate">From 0 to 1.</param>
    public Task FailSendsAsync(double rate) => PutFaultsAsync(new { SendFailureRate = rate });

    /// <summary>As if its disk had no room left, or room again.</summary>
    public Task FillFileAsync(bool isFull) => PutFaultsAsync(new { IsFileFull = isFull });

    public Task SetClockAsync(TimeSpan ahead) => PostAsync(string.Create(CultureInfo.InvariantCulture, $"clock?ahead={ahead.TotalSeconds}"));

    /// <summary>What is scheduled for later comes now.</summary>
    public Task DeliverScheduledAsync() => PostAsync("scheduled");

    public void Dispose() => _http.Dispose();

    private async Task PutFaultsAsync(object faults)
    {
        using var response = await _http.PutAsJsonAsync(new Uri("faults", UriKind.Relative), faults);
        response.EnsureSuccessStatusCode();
    }

    private async Task PostAsync(string what)
    {
        using var response = await _http.PostAsync(new Uri(what, UriKind.Relative), null);
        response.EnsureSuccessStatusCode();
    }
}
