using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Http;

/// <summary>The context of a function, with a cancellation token that also fires at the time limit.</summary>
internal sealed class LimitedContext(FunctionContext inner, CancellationToken cancellationToken) : FunctionContext
{
    public override string InvocationId => inner.InvocationId;

    public override string FunctionId => inner.FunctionId;

    public override TraceContext TraceContext => inner.TraceContext;

    public override BindingContext BindingContext => inner.BindingContext;

    public override RetryContext RetryContext => inner.RetryContext;

    public override IServiceProvider InstanceServices
    {
        get => inner.InstanceServices;
        set => inner.InstanceServices = value;
    }

    public override FunctionDefinition FunctionDefinition => inner.FunctionDefinition;

    public override IDictionary<object, object> Items
    {
        get => inner.Items;
        set => inner.Items = value;
    }

    public override IInvocationFeatures Features => inner.Features;

    public override CancellationToken CancellationToken => cancellationToken;
}
