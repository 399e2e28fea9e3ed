using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EReferrals.Local.ServiceBusEmulator.Administration;

/// <summary>
/// Lets tests and the soak control an emulator that runs in its own process.
/// <list type="bullet">
/// <item>PUT faults: sets the <see cref="Faults"/>; absent members are off.</item>
/// <item>POST scheduled: delivers all scheduled messages now.</item>
/// <item>GET statistics: returns the counts of every queue.</item>
/// <item>POST clock?ahead=SECONDS: moves the clock ahead of the real time.</item>
/// <item>GET idle?seconds=N: returns 204 when the broker is idle, or 408 after N seconds.</item>
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
        /// <summary>Simulates a full disk.</summary>
        public bool IsFileFull { get; init; }
    }
}
