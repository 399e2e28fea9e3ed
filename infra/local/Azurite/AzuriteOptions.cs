namespace EReferrals.Local.Azurite;

public sealed record AzuriteOptions
{
    /// <summary>Told what takes time: the first start installs Azurite.</summary>
    public Action<string> Progress { get; init; } = _ => { };

    public string Node { get; init; } = "node";

    public string Npm { get; init; } = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    /// <summary>Where Azurite is, or is to be installed; by default infra/local/Azurite of the repository, else beside the state.</summary>
    public string? InstallFolder { get; init; }

    /// <summary>How long an emulator that died by itself stays away.</summary>
    public TimeSpan RestartDelay { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
