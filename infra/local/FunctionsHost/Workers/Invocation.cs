namespace EReferrals.Local.FunctionsHost.Workers;

/// <summary>A running invocation. Its task completes with the worker's response.</summary>
/// <param name="started">Start time, as a timestamp of the host's clock.</param>
internal sealed class Invocation(string id, string function, long started)
    : TaskCompletionSource<InvocationResponse>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public string Id => id;

    public string Function => function;

    public long Started => started;
}
