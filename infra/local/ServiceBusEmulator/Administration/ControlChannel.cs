using System.Globalization;
using System.Text.Json;
using EReferrals.Local.ServiceBusEmulator.Broker;
using Microsoft.AspNetCore.Http;

namespace EReferrals.Local.ServiceBusEmulator.Administration;

/// <summary>
/// What tests and the soak do to an emulator that runs in a process of its own.
/// <list type="bullet">
/// <item>GET and PUT faults: a <see cref="Faults"/>; what is left out is off.</item>
/// <item>POST scheduled: delivers everything that is scheduled, now.</item>
/// <item>GET statistics: of every queue.</item>
/// <item>POST clock?ahead=SECONDS: so far ahead of the real time.</item>
/// <item>GET idle?seconds=N: 204 when nothing goes on any more, 408 after so long.</item>
/// </list>
/// </summary>
internal sealed class ControlChannel(LocalBroker broker, OffsetClock clock)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private Faults _faults = new();

    public async Task AnswerAsync(HttpContext context, string operation)
    {
        try
        {
            await AnswerAsync(context, context.Request.Method, operation).ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is JsonException or FormatException or OverflowException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(ex.Message, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(HttpContext context, string method, string operation)
    {
        var aborted = context.RequestAborted;
        switch (method, operation)
        {
            case ("GET", "faults"):
                await context.Response.WriteAsJsonAsync(_faults, Json, aborted).ConfigureAwait(false);
                return;
            case ("PUT", "faults"):
                await SetAsync(await context.Request.ReadFromJsonAsync<Faults>(Json, aborted).ConfigureAwait(false) ?? new()).ConfigureAwait(false);
                break;
            case ("POST", "scheduled"):
                await broker.DeliverScheduledNowAsync().ConfigureAwait(false);
                break;
            case ("GET", "statistics"):
                await context.Response.WriteAsJsonAsync(broker.QueueNames.Select(broker.QueueStatistics), Json, aborted).ConfigureAwait(false);
                return;
            case ("POST", "clock"):
                clock.Ahead = TimeSpan.FromSeconds(Number(context, "ahead"));
                broker.FollowClock();
                break;
            case ("GET", "idle"):
                context.Response.StatusCode = await IsIdleAsync(TimeSpan.FromSeconds(Number(context, "seconds")), aborted).ConfigureAwait(false)
                    ? StatusCodes.Status204NoContent
                    : StatusCodes.Status408RequestTimeout;
                return;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static double Number(HttpContext context, string name) =>
        double.Parse(context.Request.Query[name].ToString(), CultureInfo.InvariantCulture);

    private async Task<bool> IsIdleAsync(TimeSpan limit, CancellationToken aborted)
    {
        try
        {
            await broker.WhenIdleAsync(aborted).WaitAsync(limit, aborted).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task SetAsync(Faults faults)
    {
        broker.Faults.Clear();
        broker.Faults.RefuseSends(faults.RefusedQueues);
        broker.Faults.RefuseAllSends = faults.RefuseAllSends;
        broker.Faults.Busy = faults.Busy;
        broker.Faults.SendFailure = faults.SendFailure;
        broker.Faults.SendFailureRate = faults.SendFailureRate;
        broker.Faults.DeliverEverythingTwice = faults.DeliverEverythingTwice;
        if (faults.IsFileFull != _faults.IsFileFull) await broker.LimitFileAsync(faults.IsFileFull ? 1 : null).ConfigureAwait(false);
        _faults = faults;
    }
}
