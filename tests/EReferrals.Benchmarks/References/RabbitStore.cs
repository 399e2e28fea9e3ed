using RabbitMQ.Client;

namespace EReferrals.Benchmarks.References;

/// <summary>Stores each request with one confirmed publish to a quorum queue, over four channels.</summary>
internal sealed class RabbitStore : IAcceptStore
{
    private const string Queue = "benchmark-submission";
    private const int Channels = 4;

    private readonly IConnection _connection;
    private readonly IChannel[] _channels;
    private int _turn;

    private RabbitStore(IConnection connection, IChannel[] channels) => (_connection, _channels) = (connection, channels);

    public string Commit => "RabbitMQ quorum queue, persistent, publisher confirms";

    public static async Task<RabbitStore> OpenAsync(string address)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(address) }.CreateConnectionAsync();
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        var channels = new IChannel[Channels];
        for (var index = 0; index < Channels; index++) channels[index] = await connection.CreateChannelAsync(options);
        await channels[0].QueueDeclareAsync(
            Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        return new RabbitStore(connection, channels);
    }

    // Returns when the broker has confirmed.
    public async Task SaveAsync(byte[] body)
    {
        var channel = _channels[(uint)Interlocked.Increment(ref _turn) % Channels];
        await channel.BasicPublishAsync("", Queue, mandatory: true, new BasicProperties { Persistent = true }, body);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
