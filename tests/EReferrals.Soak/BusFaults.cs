using System.Globalization;

namespace EReferrals.Soak;

/// <summary>What goes wrong in the Service Bus emulator on purpose, by its control channel.</summary>
internal sealed class BusFaults(Uri administration) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = administration };

    public Task DeliverEverythingTwiceAsync(bool on) => SetAsync($"deliver-twice={on}");

    /// <param name="rate">From 0 to 1.</param>
    public Task FailSendsAsync(double rate) => SetAsync(string.Create(CultureInfo.InvariantCulture, $"send-failure-rate={rate}"));

    /// <summary>As if its disk had no room left, or room again.</summary>
    public Task FillFileAsync(bool isFull) => SetAsync($"file-full={isFull}");

    public void Dispose() => _http.Dispose();

    private async Task SetAsync(string fault)
    {
        using var response = await _http.PostAsync(new Uri($"control/faults?{fault}", UriKind.Relative), null);
        response.EnsureSuccessStatusCode();
    }
}
