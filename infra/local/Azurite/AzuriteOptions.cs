namespace EReferrals.Local.Azurite;

public sealed record AzuriteOptions
{
    /// <summary>Receives progress messages. The first start takes time, because it installs Azurite.</summary>
    public Action<string> Progress { get; init; } = _ => { };

    public string Node { get; init; } = "node";

    public string Npm { get; init; } = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    /// <summary>
    /// The folder of Azurite, into which it is installed if necessary. Defaults to infra/local/Azurite of the repository, or to a folder next to the state.
    /// </summary>
    public string? InstallFolder { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
