namespace EReferrals.Local.FunctionsHost;

/// <summary>Options of the local Functions host.</summary>
public sealed record FunctionsHostOptions
{
    /// <summary>The build output of the function app: the worker's assemblies and host.json.</summary>
    public required string ApplicationDirectory { get; init; }

    /// <summary>The HTTP port on the loopback address; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>The app settings. The worker process gets them as environment variables.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The file name of the assembly to start as a process; null when the caller starts the worker in this process with <see
    /// cref="FunctionsHost.WorkerConfiguration"/>.
    /// </summary>
    public string? WorkerAssembly { get; init; }

    /// <summary>Whether timer functions run on their schedules. <see cref="FunctionsHost.RunTimerAsync"/> works in both cases.</summary>
    public bool Timers { get; init; } = true;

    /// <summary>The folder in which schedules are stored across restarts; null to store none, so that no run is ever past due.</summary>
    public string? TimerStateDirectory { get; init; }

    /// <summary>Time that running invocations have to finish when the host stops.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A filter that sees each request first and returns true when it has responded. It does not wait for the worker.</summary>
    public Func<HttpContext, ValueTask<bool>>? RespondFirst { get; init; }

    /// <summary>Receives each log line of the host and the worker. Several threads call it concurrently.</summary>
    public Action<string> Log { get; init; } = _ => { };

    /// <summary>The maximum length of a request body in bytes.</summary>
    public int BodyLimit { get; init; } = 104_857_600;

    /// <summary>The clock for timers, the function timeout and lock renewal.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
