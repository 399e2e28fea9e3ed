namespace EReferrals.Local;

/// <summary>How the local platform runs. The defaults are those of <c>dotnet run --project infra/local</c>.</summary>
public sealed record LocalPlatformOptions
{
    /// <summary>Everything that is stored lies here, and is there again at the next start.</summary>
    public required string StateFolder { get; init; }

    /// <summary>The build output of the app, with its host.json.</summary>
    public required string ApplicationDirectory { get; init; }

    /// <summary>The HTTP port of the app; 0 takes a free one.</summary>
    public int Port { get; init; } = 7071;

    /// <summary>The program of the worker process, in <see cref="ApplicationDirectory"/>; null when the caller runs the worker in this process.</summary>
    public string? WorkerAssembly { get; init; } = "EReferrals.dll";

    /// <summary>False runs the Service Bus emulator in this process, on <see cref="Clock"/>: for tests that move the clock.</summary>
    public bool EmulatorIsProcess { get; init; } = true;

    /// <summary>Connection strings of storage accounts that are there already, records and contingency; null starts two emulators.</summary>
    public (string Records, string Contingency)? Storage { get; init; }

    public bool Seed { get; init; } = true;

    public bool Scanner { get; init; } = true;

    /// <summary>False in a test that runs the timer functions itself.</summary>
    public bool Timers { get; init; } = true;

    /// <summary>How long running work may take after Ctrl-C.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>App settings that replace those of the platform, or come beside them. Names use <c>__</c> or <c>:</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Receives a line for each step that takes time, and the log.</summary>
    public Action<string> Progress { get; init; } = _ => { };
}
