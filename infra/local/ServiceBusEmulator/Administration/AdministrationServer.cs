using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Local.ServiceBusEmulator.Administration;

/// <summary>The HTTP interface: queue descriptions for the official administration client, and the control channel for tests.</summary>
internal static class AdministrationServer
{
    public static WebApplication Build(LocalBroker broker, OffsetClock clock, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRouting().ConfigureHttpJsonOptions(json => ControlChannel.Configure(json.SerializerOptions));
        var app = builder.Build();
        app.UseRouting();
        ControlChannel.Map(app.MapGroup("control"), broker, clock);
        app.MapGet("{**name}", (string? name, HttpRequest request) => Describe(name ?? "", request, broker, clock));
        app.MapFallback("{**name}", () => Results.Text("The queues are defined in messaging.json and cannot be changed.", statusCode: 405));
        app.UseEndpoints(_ => { });
        return app;
    }

    private static IResult Describe(string name, HttpRequest request, LocalBroker broker, TimeProvider clock)
    {
        if (!broker.QueueNames.Contains(name, StringComparer.OrdinalIgnoreCase)) return Results.Text($"Entity '{name}' was not found.", statusCode: 404);
        var entry = QueueEntry.Write(broker.QueueStatistics(name), new Uri($"http://{request.Host}/{name}"), clock.GetUtcNow());
        return Results.Text(entry, "application/atom+xml;type=entry;charset=utf-8");
    }
}
