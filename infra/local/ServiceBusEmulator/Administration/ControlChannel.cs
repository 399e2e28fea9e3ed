using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Local.ServiceBusEmulator.Broker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EReferrals.Local.ServiceBusEmulator.Administration;

/// <summary>
/// What tests and the soak do to an emulator that runs in a process of its own.
/// <list type="bullet">
/// <item>PUT faults: a <see cref="Faults"/>; what is left out is off.</item>
/// <item>POST scheduled: delivers everything that is scheduled, now.</item>
/// <item>GET statistics: of every queue.</item>
/// <item>POST clock?ahead=SECONDS: so far ahead of the real time.</item>
/// <item>GET idle?seconds=N: 204 when nothing goes on any more, 408 after so long.</item>
/// </list>
/// </summary>
internal static class ControlChannel
{
    public static void Configure(JsonSerializerOptions json)
    {
        json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
    }

    public static void Map(IEndpointRouteBuilder control, LocalBroker broker, OffsetClock clock)
    {
        control.MapPut("faults", (Faults faults) =>
        {
            broker.Faults = faults;
            return broker.LimitFileAsync(faults.IsFileFull ? 1 : null);
        });
        control.MapPost("scheduled", broker.DeliverScheduledNowAsync);
        control.MapGet("statistics", broker.Statistics);
        control.MapPost("clock", (double ahead) =>
        {
            clock.Ahead = TimeSpan.FromSeconds(ahead);
            broker.FollowClock();
        });
        control.MapGet("idle", async (double seconds, CancellationToken aborted) =>
            await IsIdleAsync(broker, TimeSpan.FromSeconds(seconds), aborted).ConfigureAwait(false)
                ? Results.NoContent()
                : Results.StatusCode(StatusCodes.Status408RequestTimeout));
    }

    private static async Task<bool> IsIdleAsync(LocalBroker broker, TimeSpan limit, CancellationToken aborted)
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

    private sealed class Faults : BrokerFaults
    {
        /// <summary>As if the disk had no room left.</summary>
        public bool IsFileFull { get; init; }
    }
}
