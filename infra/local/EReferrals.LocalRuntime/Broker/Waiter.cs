namespace EReferrals.LocalRuntime.Broker;

/// <summary>Somebody in a line. Whoever takes it out of the line, under the gate, answers it.</summary>
internal sealed class Waiter<T>(int max = 1, bool andDelete = false)
{
    public int Max => max;

    public bool AndDelete => andDelete;

    public TaskCompletionSource<T> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
