using EReferrals.Local.Azurite;

namespace EReferrals.Local;

/// <summary>Options of the local platform. The defaults are those of <c>dotnet run --project infra/local</c>.</summary>
public sealed record LocalPlatformOptions
{
    /// <summary>The folder for all stored data, which the next start uses again.</summary>
    public required string StateFolder { get; init; }

    /// <summary>The build output of the app, with its host.json.</summary>
    public required string ApplicationDirectory { get; init; }

    /// <summary>The HTTP port of the app; 0 for a free one.</summary>
    public int Port { get; init; } = 7071;

    /// <summary>The program of the worker process in <see cref="ApplicationDirectory"/>; null when the caller runs the worker in this process.</summary>
    public string? WorkerAssembly { get; init; } = "EReferrals.dll";

    /// <summary>False to run the Service Bus emulator in this process on <see cref="Clock"/>, for tests that move the clock.</summary>
    public bool EmulatorIsProcess { get; init; } = true;

    /// <summary>Connection strings of existing storage accounts, records and contingency; null to start two emulators.</summary>
    public (string Records, string Contingency)? Storage { get; init; }

    /// <summary>Running storage emulators that outlive the platform; null to start two.</summary>
    public AzuriteSupervisor? Emulators { get; init; }

    public bool Seed { get; init; } = true;

    public bool Scanner { get; init; } = true;

    /// <summary>False in a test that runs the timer functions itself.</summary>
    public bool Timers { get; init; } = true;

    /// <summary>Time that running work has to finish after Ctrl-C.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>App settings that replace or extend those of the platform. Names use <c>__</c> or <c>:</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Receives a line for each step that takes time, and the log.</summary>
    public Action<string> Progress { get; init; } = _ => { };
}
