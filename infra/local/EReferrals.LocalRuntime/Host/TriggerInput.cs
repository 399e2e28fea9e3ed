namespace EReferrals.LocalRuntime.Host;

/// <summary>What a trigger brought: the request, the messages or the timer.</summary>
internal abstract class TriggerInput
{
    private static readonly Dictionary<string, object?> Nothing = [];

    public virtual string? TraceParent => null;

    public virtual string? TraceState => null;

    public virtual IReadOnlyDictionary<string, object?> BindingData => Nothing;

    public virtual void Begin(LocalFunctionContext context)
    {
    }

    /// <summary>Reads what the function made while its scope still lives.</summary>
    public virtual ValueTask CompleteAsync(LocalFunctionContext context) => default;
}
