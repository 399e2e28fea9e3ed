using System.Text.Json;
using EReferrals.Audit;
using EReferrals.Confirmations;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Operations;

/// <summary>Sets the mode on every instance: audited, counted for its alert and logged.</summary>
public sealed partial class ModeSwitch(ServiceModes modes, AuditTrail audit, ServiceTelemetry telemetry, ILogger<ModeSwitch> logger) : IConfirmableAction
{
    public ConfirmedAction Kind => ConfirmedAction.ReadOnly;

    public AuditEntry Describe(AuditEntry entry, JsonElement request) => entry with { After = ModeIn(request).Recorded() };

    public async Task ApplyAsync(JsonElement request, Actor by, FunctionContext context, CancellationToken cancellationToken)
    {
        var mode = ModeIn(request);
        // Set by an attempt that stopped before it was marked as done: that one has recorded the change.
        if (await modes.StoredAsync(cancellationToken) != mode) await ApplyAsync(mode, context, cancellationToken);
    }

    public async Task ApplyAsync(OperatingMode mode, FunctionContext context, CancellationToken cancellationToken)
    {
        var before = await modes.StoredAsync(cancellationToken);
        var entry = context.Audited(AuditedAction.ModeChanged) with { Before = before?.Recorded() ?? "unreadable", After = mode.Recorded() };
        await audit.WriteAsync(entry, cancellationToken);
        await modes.ChangeAsync(mode, cancellationToken);
        telemetry.ModeChanged();
        Log.Changed(logger, context.Actor().Organisation, mode.ReadOnly, mode.Uploads, mode.Booking);
    }

    private static OperatingMode ModeIn(JsonElement request) =>
        request.Deserialize(OperationsJson.Default.OperatingMode) ?? throw new InvalidDataException("The confirmed mode is null.");

    private static partial class Log
    {
        // The reason is free text, so it is not logged.
        [LoggerMessage(2002, LogLevel.Warning, "An operator of {Organisation} set the mode: read-only {ReadOnly}, uploads {Uploads}, booking {Booking}")]
        public static partial void Changed(ILogger logger, string organisation, bool readOnly, bool uploads, bool booking);
    }
}
