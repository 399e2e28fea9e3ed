using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EReferrals.Benchmarks.References;

/// <summary>Debian's RabbitMQ with default settings: one node, with its own ports and folder.</summary>
internal static class RabbitServer
{
    private const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    /// <exception cref="PeerMissingException"/>
    public static async Task<PeerServer> StartAsync()
    {
        if (!File.Exists(Program)) throw new PeerMissingException("it is not installed (apt-get install rabbitmq-server).");
        var folder = System.IO.Directory.CreateTempSubdirectory("ereferrals-rabbit-");
        int[] ports = [FreePort.Take(), FreePort.Take(), FreePort.Take()];
        var connection = $"amqp://guest:guest@127.0.0.1:{ports[0]}/";
        var start = InFolder(Program);
        start.Environment["RABBITMQ_NODENAME"] = "ereferrals-benchmark@localhost";
        start.Environment["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1";
        start.Environment["RABBITMQ_NODE_PORT"] = $"{ports[0]}";
        start.Environment["RABBITMQ_DIST_PORT"] = $"{ports[1]}";
        start.Environment["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder.FullName, "data");
        start.Environment["RABBITMQ_LOG_BASE"] = Path.Combine(folder.FullName, "log");
        start.Environment["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder.FullName, "none");
        start.Environment["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder.FullName, "none");
        return await PeerServer.StartAsync(folder, connection, start, () => AnswersAsync(connection), () => PeerServer.ExecuteAsync(InFolder("epmd", "-kill")));

        // RabbitMQ also starts Erlang's port mapper, which keeps running when the server ends.
        ProcessStartInfo InFolder(string program, params string[] arguments) => new(program, arguments)
        {
            Environment = { ["HOME"] = folder.FullName, ["ERL_EPMD_ADDRESS"] = "127.0.0.1", ["ERL_EPMD_PORT"] = $"{ports[2]}" },
        };
    }

    private static async Task<bool> AnswersAsync(string connection)
    {
        try
        {
            await using var opened = await new ConnectionFactory { Uri = new Uri(connection) }.CreateConnectionAsync();
            return true;
        }
        catch (BrokerUnreachableException)
        {
            return false;
        }
    }
}
