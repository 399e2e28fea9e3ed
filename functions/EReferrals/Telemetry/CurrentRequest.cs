namespace EReferrals.Telemetry;

/// <summary>
/// Our own id of the request that the current work belongs to, also when the work continues from a queue. It goes into logs, spans and properties of messages.
/// The correlation id does not: it is text of a caller, which may identify somebody. The audit trail has both ids.
/// </summary>
internal static class CurrentRequest
{
    private static readonly AsyncLocal<string?> Current = new();

    /// <summary>Null for work that no request caused, such as that of a timer.</summary>
    public static string? Id
    {
        get => Current.Value;
        set => Current.Value = value;
    }
}
