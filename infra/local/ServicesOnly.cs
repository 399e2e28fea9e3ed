using System.Text.Encodings.Web;
using EReferrals.Local.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Local;

/// <summary>Runs storage, bus, scanner and token issuer without the host and the app, for use with <c>func start</c> or another host.</summary>
internal static class ServicesOnly
{
    internal const int TokenPort = 7072;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task ServeAsync(LocalPlatformOptions options, CancellationToken stopping)
    {
        var port = LocalPlatform.TakePort(options.Port);
        await using var services = await LocalServices.StartAsync(options, stopping);
        var issuer = services.IssuerAt(port);
        await using var tokens = Serve(issuer, port);
        await tokens.StartAsync(stopping);

        // The project folder above bin/, in which func start looks for it.
        var product = Folders.Above(options.ApplicationDirectory, "*.csproj")
            ?? throw new LocalStartException($"No project was found above {options.ApplicationDirectory}. Build the solution again.");
        var file = Path.Combine(product, "local.settings.json");
        var settings = new { IsEncrypted = false, Values = services.AppSettings(issuer) };
        await File.WriteAllBytesAsync(file, JsonSerializer.SerializeToUtf8Bytes(settings, Indented), stopping);
        options.Progress($"Wrote {file}");
        options.Progress($"Ready: services only; tokens at {issuer.Address}/token");
        await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static WebApplication Serve(TokenIssuer issuer, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var web = builder.Build();
        web.Run(async http =>
        {
            if (!await issuer.AnswerAsync(http)) http.Response.StatusCode = StatusCodes.Status404NotFound;
        });
        return web;
    }
}
