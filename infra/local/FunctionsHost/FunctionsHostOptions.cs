using Microsoft.AspNetCore.Http;

namespace EReferrals.Local.FunctionsHost;

/// <summary>What a local Functions host runs, and how.</summary>
public sealed record FunctionsHostOptions
{
    /// <summary>The build output of the function app: the worker's assemblies and host.json.</summary>
    public required string ApplicationDirectory { get; init; }

    /// <summary>The HTTP port on the loopback address; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The app settings. The worker process gets them as environment variables.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The file name of the assembly to start as a process; null when the caller starts the worker in this process,
    /// with <see cref="FunctionsHost.WorkerConfiguration"/>.
    /// </summary>
    public string? WorkerAssembly { get; init; }

    /// <summary>Whether timer functions run on their schedules. <see cref="FunctionsHost.RunTimerAsync"/> works either way.</summary>
    public bool Timers { get; init; } = true;

    /// <summary>Where schedules are remembered over a restart; null remembers none, and no run is ever past due.</summary>
    public string? TimerStateDirectory { get; init; }

    /// <summary>How long running invocations may take to end when the host stops.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Sees each request first; true when it has responded. It does not wait for the worker.</summary>
    public Func<HttpContext, ValueTask<bool>>? RespondFirst { get; init; }

    /// <summary>Takes each line of the log, of the host and of the worker; called by several threads at once.</summary>
    public Action<string> Log { get; init; } = _ => { };

    /// <summary>The longest request body in bytes.</summary>
    public int BodyLimit { get; init; } = 104_857_600;

    /// <summary>The clock of timers, of the function timeout and of lock renewal.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
