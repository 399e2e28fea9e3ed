using System.Diagnostics;
using System.Net.Sockets;
using Npgsql;

namespace EReferrals.Benchmarks.References;

/// <summary>Debian's PostgreSQL with default settings, on a socket in a temporary folder.</summary>
internal static class PostgresServer
{
    /// <exception cref="PeerMissingException"/>
    public static async Task<PeerServer> StartAsync()
    {
        var programs = Newest() ?? throw new PeerMissingException("it is not installed (apt-get install postgresql).");
        var folder = System.IO.Directory.CreateTempSubdirectory("ereferrals-postgres-");
        var data = Path.Combine(folder.FullName, "data");
        if (IsRoot) await PeerServer.ExecuteAsync(new ProcessStartInfo("chown", ["postgres", folder.FullName]));
        await PeerServer.ExecuteAsync(Command("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"));
        var connection = $"Host={folder.FullName};Username=postgres;Database=postgres;Maximum Pool Size=20";
        return await PeerServer.StartAsync(
            folder, connection, Command("postgres", "-D", data, "-k", folder.FullName, "-c", "listen_addresses="), () => AnswersAsync(connection));

        // PostgreSQL refuses to run as root. Its package creates a user for it.
        ProcessStartInfo Command(string program, params string[] arguments) => IsRoot
            ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", Path.Combine(programs, program), .. arguments])
            : new ProcessStartInfo(Path.Combine(programs, program), arguments);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static string? Newest()
    {
        var packages = new DirectoryInfo("/usr/lib/postgresql");
        return !packages.Exists ? null : packages.GetDirectories()
            .OrderByDescending(version => int.TryParse(version.Name, out var number) ? number : 0)
            .Select(version => Path.Combine(version.FullName, "bin"))
            .FirstOrDefault(programs => File.Exists(Path.Combine(programs, "initdb")));
    }

    private static async Task<bool> AnswersAsync(string connection)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(connection);
            await using var opened = await source.OpenConnectionAsync();
            return true;
        }
        catch (Exception ex) when (ex is NpgsqlException or SocketException)
        {
            return false;
        }
    }
}
