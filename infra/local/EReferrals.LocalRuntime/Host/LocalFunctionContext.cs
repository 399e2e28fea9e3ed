using System.Collections;
using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.LocalRuntime.Host;

/// <summary>One invocation. What the trigger brought is in <see cref="TriggerInput"/>.</summary>
internal sealed class LocalFunctionContext(LocalFunction function, TriggerInput input, CancellationToken cancellation) : FunctionContext
{
    private readonly FeatureSet features = new();
    private string? invocationId;
    private IDictionary<object, object>? items;
    private IServiceProvider? services;
    private LocalTraceContext? trace;

    public LocalFunction Function => function;

    public TriggerInput Input => input;

    public InvocationOutputs Outputs { get; } = new();

    public override string InvocationId => invocationId ??= Guid.NewGuid().ToString();

    public override string FunctionId => function.Definition.Id;

    public override FunctionDefinition FunctionDefinition => function.Definition;

    public override TraceContext TraceContext => trace ??= new LocalTraceContext(input.TraceParent, input.TraceState);

    public override BindingContext BindingContext => new LocalBindingContext(input.BindingData);

    // No trigger here has retries of the platform (Service Bus redelivers instead).
    public override RetryContext RetryContext => null!;

    public override IServiceProvider InstanceServices
    {
        get => services ?? throw new InvalidOperationException("The invocation has not begun.");
        set => services = value;
    }

    public override IDictionary<object, object> Items
    {
        get => items ??= new Dictionary<object, object>();
        set => items = value;
    }

    public override IInvocationFeatures Features => features;

    public override CancellationToken CancellationToken => cancellation;

    public void Begin(IServiceProvider scoped)
    {
        services = scoped;
        features.Set(Outputs);
        input.Begin(this);
    }

    private sealed class FeatureSet : IInvocationFeatures
    {
        private readonly Dictionary<Type, object> all = [];

        public T? Get<T>() => all.TryGetValue(typeof(T), out var value) ? (T)value : default;

        public void Set<T>(T instance)
        {
            if (instance is null) all.Remove(typeof(T));
            else all[typeof(T)] = instance;
        }

        public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => all.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class LocalBindingContext(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => data;
    }

    private sealed class LocalTraceContext(string? parent, string? state) : TraceContext
    {
        public override string TraceParent { get; } = ActivityContext.TryParse(parent, state, out _)
            ? parent!
            : $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00";

        public override string TraceState { get; } = state ?? "";
    }
}
