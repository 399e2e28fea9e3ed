using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.LocalRuntime.Host;

/// <summary>What an invocation gives back: one result, and for a function with several outputs a value per output.</summary>
internal sealed class InvocationOutputs
{
    private SingleResult? result;

    public object? Value { get; set; }

    public Dictionary<string, object?>? Outputs { get; set; }

    public InvocationResult Result => result ??= new SingleResult(this);

    public HttpResponseData? Response
    {
        get
        {
            if (Value is HttpResponseData response) return response;
            if (Outputs is null) return null;
            foreach (var output in Outputs.Values)
                if (output is HttpResponseData one) return one;
            return null;
        }
    }

    public static InvocationOutputs Of(FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<InvocationOutputs>()
            ?? throw new InvalidOperationException("This function context was not made by the host, so that it has no outputs.");
    }

    public InvocationResult<T> ResultAs<T>() => Value is null or T
        ? new TypedResult<T>(this)
        : throw new InvalidOperationException($"The result is a {Value.GetType()}, not a {typeof(T)}. Use the overload without a type.");

    public IEnumerable<OutputBindingData<T>> BindingsOf<T>()
    {
        if (Outputs is null) yield break;
        foreach (var (name, value) in Outputs.ToArray())
            if (value is T) yield return new Output<T>(this, name);
    }

    private sealed class SingleResult(InvocationOutputs outputs) : InvocationResult
    {
        public override object? Value
        {
            get => outputs.Value;
            set => outputs.Value = value;
        }
    }

    private sealed class TypedResult<T>(InvocationOutputs outputs) : InvocationResult<T>
    {
        public override T? Value
        {
            get => (T?)outputs.Value;
            set => outputs.Value = value;
        }
    }

    private sealed class Output<T>(InvocationOutputs outputs, string name) : OutputBindingData<T>
    {
        public override T? Value
        {
            get => (T?)outputs.Outputs![name];
            set => outputs.Outputs![name] = value;
        }

        public override string Name => name;

        // The only output a function can have on this platform.
        public override string BindingType => "http";
    }
}
