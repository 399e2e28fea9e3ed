using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;

namespace EReferrals.Tests.Messaging;

public sealed class SharedSendsTests : IAsyncDisposable
{
    private readonly HeldSender _sender = new();
    private readonly SharedSends _sends;

    public SharedSendsTests() => _sends = new SharedSends(_sender);

    public ValueTask DisposeAsync() => _sender.DisposeAsync();

    [Fact]
    public async Task A_single_message_is_sent_alone()
    {
        var sent = SendAsync("1");
        _sender.AcknowledgeNext();
        await sent;

        Assert.Equal(["1"], _sender.Begun);
    }

    [Fact]
    public async Task Messages_that_arrive_while_two_sends_are_running_are_sent_together()
    {
        Task[] sent = [SendAsync("1"), SendAsync("2"), SendAsync("3"), SendAsync("4"), SendAsync("5")];
        Assert.Equal(["1", "2"], _sender.Begun);

        _sender.AcknowledgeNext();
        await sent[0];
        await Eventually.TrueAsync(() => Task.FromResult(_sender.Begun.Count == 3));
        Assert.Equal("3,4,5", _sender.Begun[2]);
        Assert.False(sent[2].IsCompleted);

        _sender.AcknowledgeNext();
        _sender.AcknowledgeNext();
        await Task.WhenAll(sent);
        Assert.Equal(3, _sender.Begun.Count);
    }

    [Fact]
    public async Task When_a_batch_fails_each_caller_gets_the_outcome_of_its_own_message()
    {
        Task[] sent = [SendAsync("1"), SendAsync("2"), SendAsync("3"), SendAsync("bad"), SendAsync("5")];
        _sender.FailsWith = "bad";
        _sender.AcknowledgeNext();
        _sender.AcknowledgeNext();
        await Task.WhenAll(sent[0], sent[1]);

        await Assert.ThrowsAsync<ServiceBusException>(() => sent[3]);
        await Eventually.TrueAsync(() => Task.FromResult(_sender.Begun.Count == 6));
        _sender.AcknowledgeNext();
        _sender.AcknowledgeNext();
        await Task.WhenAll(sent[2], sent[4]);
        Assert.Equal(["1", "2", "3,bad,5", "3", "bad", "5"], _sender.Begun);
    }

    [Fact]
    public async Task A_message_of_a_cancelled_caller_is_not_sent()
    {
        using var leaves = new CancellationTokenSource();
        Task[] others = [SendAsync("1"), SendAsync("2"), SendAsync("4")];
        var left = SendAsync("3", cancellationToken: leaves.Token);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);

        _sender.AcknowledgeNext();
        await Eventually.TrueAsync(() => Task.FromResult(_sender.Begun.Count == 3));
        _sender.AcknowledgeNext();
        _sender.AcknowledgeNext();
        await Task.WhenAll(others);
        Assert.Equal(["1", "2", "4"], _sender.Begun);
    }

    [Fact]
    public async Task A_shared_send_stays_within_the_batch_limits()
    {
        Task[] sent = [SendAsync("1"), SendAsync("2"), SendAsync("3", size: 90_000), SendAsync("4", size: 90_000), SendAsync("5", size: 90_000)];
        _sender.AcknowledgeNext();
        _sender.AcknowledgeNext();
        await Eventually.TrueAsync(() => Task.FromResult(_sender.Begun.Count == 4));
        _sender.AcknowledgeNext();
        _sender.AcknowledgeNext();
        await Task.WhenAll(sent);
        Assert.Equal(["1", "2", "3,4", "5"], _sender.Begun);
    }

    private Task SendAsync(string id, int size = 1, CancellationToken cancellationToken = default) =>
        _sends.SendAsync(new ServiceBusMessage(new byte[size]) { MessageId = id }, cancellationToken);

    /// <summary>A broker that acknowledges a send when the test says so.</summary>
    private sealed class HeldSender : ServiceBusSender
    {
        private readonly Lock _gate = new();
        private readonly List<string> _begun = [];
        private readonly Queue<TaskCompletionSource> _held = new();

        /// <summary>The message ids of each send that has started.</summary>
        public IReadOnlyList<string> Begun
        {
            get
            {
                lock (_gate) return [.. _begun];
            }
        }

        /// <summary>A send that contains this message id fails.</summary>
        public string? FailsWith { get; set; }

        public void AcknowledgeNext()
        {
            lock (_gate) _held.Dequeue().SetResult();
        }

        public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) => BeginAsync([message.MessageId]);

        public override Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default) =>
            BeginAsync([.. messages.Select(message => message.MessageId)]);

        private Task BeginAsync(string[] ids)
        {
            lock (_gate)
            {
                _begun.Add(string.Join(',', ids));
                if (ids.Contains(FailsWith)) return Task.FromException(new ServiceBusException("refused", ServiceBusFailureReason.GeneralError));
                var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _held.Enqueue(acknowledged);
                return acknowledged.Task;
            }
        }
    }
}
