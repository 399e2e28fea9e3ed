using Npgsql;
using System.Net.Sockets;

namespace EReferrals.Benchmarks.References;

/// <summary>Which peers of the full benchmark answer on this machine.</summary>
internal static class Installed
{
    public static async Task<string?> WhyNoPostgresAsync()
    {
        try
        {
            await using var store = await PostgresStore.OpenAsync();
            return null;
        }
        catch (Exception refused) when (refused is NpgsqlException or SocketException or IOException)
        {
            return $"PostgreSQL is left out: {refused.Message} Start it, or name it in BENCHMARK_POSTGRES.";
        }
    }

    public static async Task<string?> WhyNoRabbitAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("localhost", 5672);
            return null;
        }
        catch (SocketException)
        {
            return "RabbitMQ is left out: nothing listens on port 5672. Install and start rabbitmq-server to compare with it.";
        }
    }
}
