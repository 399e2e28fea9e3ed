using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Benchmarks.References;

/// <summary>
/// The simplest server that does part of the job, in its own process: Kestrel, the same strict parser, one store, 202. It does not authenticate, validate
/// fields, issue numbers or process. GET returns 304.
/// </summary>
internal static class ReferenceServer
{
    public const string None = "none";
    public const string Log = "log";
    public const string SqliteEach = "sqlite-each";
    public const string EmulatorQueue = "emulator-queue";
    public const string Postgres = "postgres";
    public const string Rabbit = "rabbit-quorum";

    /// <param name="connection">The connection to a peer's server; empty for the other references.</param>
    public static async Task ServeAsync(string name, string connection)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("ereferrals-reference-");
        await using (var store = await OpenAsync(name, folder.FullName, connection)) await ServeAsync(store);
        folder.Delete(recursive: true);
    }

    // Runs until the input ends.
    private static async Task ServeAsync(IAcceptStore store)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var web = builder.Build();
        web.Run(http => AnswerAsync(http, store));
        await web.StartAsync();
        Console.WriteLine(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Console.WriteLine(store.Commit);
        await Console.In.ReadToEndAsync();
        await web.StopAsync();
    }

    private static async Task<IAcceptStore> OpenAsync(string name, string folder, string connection) => name switch
    {
        None => new NoStore(),
        Log => new AppendLog(folder),
        SqliteEach => new SqliteEachStore(folder),
        EmulatorQueue => await EmulatorQueueStore.OpenAsync(folder),
        Postgres => await PostgresStore.OpenAsync(connection),
        Rabbit => await RabbitStore.OpenAsync(connection),
        _ => throw new ArgumentException($"Unknown reference '{name}'.", nameof(name)),
    };

    private static async Task AnswerAsync(HttpContext http, IAcceptStore store)
    {
        if (HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var body = new byte[http.Request.ContentLength!.Value];
        await http.Request.Body.ReadExactlyAsync(body);
        using (JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false }))
        {
            await store.SaveAsync(body);
        }

        http.Response.StatusCode = StatusCodes.Status202Accepted;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync("{}");
    }

    private sealed class NoStore : IAcceptStore
    {
        public string Commit => "nothing is stored";

        public Task SaveAsync(byte[] body) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
