namespace EReferrals.Messaging;

/// <summary>Slows the processing of messages down while more important work needs the processor.</summary>
public interface IProcessingThrottle
{
    /// <summary>Runs the work, at once or after a short wait.</summary>
    Task ProcessAsync(Func<Task> work, CancellationToken cancellationToken);
}
