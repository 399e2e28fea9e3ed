using Azure;

namespace EReferrals.Storage;

/// <summary>Which failures of a storage call may be gone when it is tried again.</summary>
public static class StorageFault
{
    /// <param name="cancellation">The caller's: what it cancelled is no fault of the storage.</param>
    public static bool IsTransient(Exception failure, CancellationToken cancellation) => failure switch
    {
        RequestFailedException refused => refused.Status is 0 or 408 or 429 or >= 500,
        OperationCanceledException or TimeoutException or IOException or HttpRequestException => !cancellation.IsCancellationRequested,
        // What the client's own retries leave behind when every try failed.
        AggregateException several => several.InnerExceptions.All(inner => IsTransient(inner, cancellation)),
        _ => false,
    };
}
