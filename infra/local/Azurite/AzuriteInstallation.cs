using System.ComponentModel;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text;

namespace EReferrals.Local.Azurite;

/// <summary>The pinned Azurite, installed on first use.</summary>
internal static class AzuriteInstallation
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // npm runs in real time, even when a test has its own clock.
    private static readonly TimeProvider Clock = TimeProvider.System;

    /// <summary>Installs Azurite if necessary and returns the path of its script.</summary>
    public static async Task<string> EnsureAsync(string stateFolder, AzuriteOptions options, CancellationToken cancellationToken)
    {
        var repository = Folders.Above(AppContext.BaseDirectory, "EReferrals.sln");
        var standard = repository is null ? Path.Combine(stateFolder, "azurite-install") : Path.Combine(repository, "infra", "local", "Azurite");
        var folder = Path.GetFullPath(options.InstallFolder ?? standard);
        CopyPackageFiles(folder);
        var script = Path.Combine(folder, "node_modules", "azurite", "dist", "src", "azurite.js");
        if (IsInstalled(folder)) return script;

        // Several test processes may start at the same time. One installs, and the others wait for it.
        using var turn = await LockAsync(folder, options, cancellationToken).ConfigureAwait(false);
        if (!IsInstalled(folder)) await InstallAsync(folder, options, cancellationToken).ConfigureAwait(false);
        return script;
    }

    private static void CopyPackageFiles(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in new[] { "package.json", "package-lock.json" })
        {
            var target = Path.Combine(folder, name);
            if (!File.Exists(target)) File.Copy(Path.Combine(AppContext.BaseDirectory, "Azurite", name), target);
        }
    }

    // npm writes its own package list last, so that an interrupted installation has none.
    private static bool IsInstalled(string folder)
    {
        var modules = Path.Combine(folder, "node_modules");
        var installed = Path.Combine(modules, "azurite", "package.json");
        return File.Exists(Path.Combine(modules, ".package-lock.json")) && File.Exists(installed) && Version(installed) == Pinned(folder);
    }

    private static string Version(string packageJson) => JsonNode.Parse(File.ReadAllBytes(packageJson))!["version"]!.GetValue<string>();

    private static string Pinned(string folder) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "package.json")))!["dependencies"]!["azurite"]!.GetValue<string>();

    private static async Task InstallAsync(string folder, AzuriteOptions options, CancellationToken cancellationToken)
    {
        options.Progress($"Installing Azurite {Pinned(folder)}, Microsoft's storage emulator, into {folder} (first start only; about half a minute)");
        var start = new ProcessStartInfo(options.Npm)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error" },
        };

        var started = Clock.GetTimestamp();
        using var process = StartNpm(start);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var exit = process.WaitForExitAsync(cancellationToken);
            while (await Task.WhenAny(exit, Task.Delay(TimeSpan.FromSeconds(5), Clock, cancellationToken)).ConfigureAwait(false) != exit)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var elapsed = Clock.GetElapsedTime(started);
                if (elapsed > Patience)
                {
                    throw new LocalStartException($"npm did not install Azurite in {Patience.TotalMinutes} minutes: run \"npm ci\" in {folder} to see why.");
                }

                options.Progress($"Installing Azurite: {elapsed.TotalSeconds:F0} s");
            }

            await exit.ConfigureAwait(false);
            await output.ConfigureAwait(false);
            var problem = await errors.ConfigureAwait(false);
            if (process.ExitCode != 0 || !IsInstalled(folder))
                throw new LocalStartException($"npm could not install Azurite: run \"npm ci\" in {folder}. Its output: {LocalStartException.OneLine(problem)}");

            options.Progress($"Installed Azurite in {Clock.GetElapsedTime(started).TotalSeconds:F0} s");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static Process StartNpm(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw Missing("npm", start.FileName);
        }
    }

    public static LocalStartException Missing(string tool, string fileName) => new(
        $"{tool} cannot be started (\"{fileName}\"): install Node.js 20 or later with npm (https://nodejs.org), or configure the storage connections.");

    private static async Task<FileStream> LockAsync(string folder, AzuriteOptions options, CancellationToken cancellationToken)
    {
        // The lock file is outside the folder, because npm empties the folder, and it may be part of a repository.
        var name = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16];
        var path = Path.Combine(Path.GetTempPath(), $"ereferrals-azurite-{name}.lock");
        var told = false;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!told) options.Progress("Another process is installing Azurite; waiting for it");
                told = true;
                await Task.Delay(TimeSpan.FromMilliseconds(250), Clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
