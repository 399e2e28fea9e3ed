namespace EReferrals.Resilience;

internal static class Abandonable
{
    /// <summary>For a task that may be abandoned: disposes what it uses only when it ends, and observes its exception.</summary>
    public static void DisposeAfter(Task work, params IDisposable[] used) => work.ContinueWith(
        done =>
        {
            _ = done.Exception;
            foreach (var each in used) each.Dispose();
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
