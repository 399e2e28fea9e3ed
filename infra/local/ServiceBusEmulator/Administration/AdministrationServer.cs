using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Local.ServiceBusEmulator.Administration;

/// <summary>The HTTP interface: queue descriptions for the official administration client, and the control channel for tests.</summary>
internal static class AdministrationServer
{
    public static async Task<WebApplication> StartAsync(LocalBroker broker, OffsetClock clock, int port, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRouting().ConfigureHttpJsonOptions(json => ControlChannel.Configure(json.SerializerOptions));
        var app = builder.Build();
        app.UseRouting();
        ControlChannel.Map(app.MapGroup("control"), broker, clock);
        app.Map("{**name}", context => DescribeAsync(context, broker, clock));
        app.UseEndpoints(_ => { });
        try
        {
            await app.StartAsync(ct).ConfigureAwait(false);
            return app;
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static Task DescribeAsync(HttpContext context, LocalBroker broker, TimeProvider clock)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return context.Response.WriteAsync("The queues are defined in messaging.json and cannot be changed.", context.RequestAborted);
        }
        var name = Uri.UnescapeDataString(context.Request.Path.Value ?? "").Trim('/');
        if (!broker.QueueNames.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync($"Entity '{name}' was not found.", context.RequestAborted);
        }
        context.Response.ContentType = "application/atom+xml;type=entry;charset=utf-8";
        var address = new Uri($"http://{context.Request.Host}/{name}");
        return context.Response.WriteAsync(QueueEntry.Write(broker.QueueStatistics(name), address, clock.GetUtcNow()), context.RequestAborted);
    }
}
