using System.Text.Encodings.Web;
using System.Text.Json;
using EReferrals.Local.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Local;

/// <summary>Storage, bus, scanner and tokens without the host and the app, for those who run <c>func start</c> or another host.</summary>
internal static class ServicesOnly
{
    private const int TokenPort = 7072;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task RunAsync(LocalPlatformOptions options, CancellationToken stopping)
    {
        var log = new ProgressLogger(options.Progress);
        var port = FreePort.Take(TokenPort);
        using var state = StateFolder.Open(options.StateFolder);
        await using var services = await LocalServices.StartAsync(state, options, log, stopping);
        var issuerAddress = $"http://localhost:{port}/local";
        var issuer = new TokenIssuer(issuerAddress, PlatformSettings.Audience, TokenIssuer.KeyIn(state.Path), options.Clock);
        await using var tokens = Serve(issuer, port);
        await tokens.StartAsync(stopping);

        var settings = PlatformSettings.From(services, issuerAddress, options.Settings);
        var file = Path.Combine(FindProduct(options.ApplicationDirectory), "local.settings.json");
        await File.WriteAllBytesAsync(file, JsonSerializer.SerializeToUtf8Bytes(new { IsEncrypted = false, Values = settings }, Indented), stopping);
        options.Progress($"Wrote {file}");
        options.Progress($"Ready: services only; tokens at {issuerAddress}/token");
        await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Above bin/: where func start looks for it.
    private static string FindProduct(string applicationDirectory)
    {
        for (var folder = new DirectoryInfo(applicationDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.csproj").Any()) return folder.FullName;
        }

        throw new LocalStartException($"There is no project above {applicationDirectory}. Build the solution again.");
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
