using Azure.Messaging.ServiceBus;
using Azure;
using EReferrals.Messaging;
using EReferrals.Resilience;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace EReferrals.Tests.Messaging;

public sealed class BackOffTests : IDisposable
{
    private const string Queue = Queues.WorklistChanges;

    private readonly FakeTimeProvider _clock = new(Sample.Now);
    private readonly ServiceTelemetry _telemetry = new();
    private readonly List<string> _steps = [];
    private readonly List<ServiceBusMessage> _sent = [];
    private readonly Mock<ServiceBusSender> _sender = new();
    private readonly Mock<ServiceBusMessageActions> _actions = new();
    private readonly BackOff _backOff;

    public BackOffTests()
    {
        var client = new Mock<ServiceBusClient>();
        client.Setup(bus => bus.CreateSender(Queue)).Returns(_sender.Object);
        _sender.Setup(sender => sender.SendMessageAsync(It.IsAny<ServiceBusMessage>(), It.IsAny<CancellationToken>()))
            .Callback((ServiceBusMessage message, CancellationToken _) =>
            {
                _steps.Add("send");
                _sent.Add(message);
            })
            .Returns(Task.CompletedTask);
        _actions.Setup(actions => actions.CompleteMessageAsync(It.IsAny<ServiceBusReceivedMessage>(), It.IsAny<CancellationToken>()))
            .Callback((ServiceBusReceivedMessage message, CancellationToken _) => _steps.Add($"complete {message.MessageId}"))
            .Returns(Task.CompletedTask);
        _actions.Setup(actions => actions.DeadLetterMessageAsync(
                It.IsAny<ServiceBusReceivedMessage>(), It.IsAny<Dictionary<string, object>?>(), It.IsAny<string?>(), It.IsAny<string?>(),
                It.IsAny<CancellationToken>()))
            .Callback((ServiceBusReceivedMessage message, Dictionary<string, object>? _, string? reason, string? description, CancellationToken _) =>
                _steps.Add($"dead-letter {message.MessageId} {reason}{description}"))
            .Returns(Task.CompletedTask);
        _backOff = new BackOff(client.Object, _telemetry, _clock, NullLogger<BackOff>.Instance);
    }

    public void Dispose() => _telemetry.Dispose();

    [Fact]
    public async Task A_processed_message_is_completed()
    {
        await ProcessAsync(Message("1"), _ => Task.CompletedTask);

        Assert.Equal(["complete 1"], _steps);
    }

    [Fact]
    public async Task A_message_that_fails_transiently_is_rescheduled_before_it_is_completed()
    {
        await ProcessAsync(Message("1"), _ => throw new TimeoutException());

        Assert.Equal(["send", "complete 1"], _steps);
        var again = _sent.Single();
        Assert.Equal(("1~1", 2), (again.MessageId, again.ApplicationProperties["attempt"]));
        Assert.InRange(again.ScheduledEnqueueTime - Sample.Now, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.4));
    }

    [Fact]
    public async Task A_message_that_a_store_refuses_with_403_is_rescheduled()
    {
        await ProcessAsync(Message("1"), _ => throw new RequestFailedException(403, "No role"));

        Assert.Equal(["send", "complete 1"], _steps);
    }

    [Fact]
    public void The_delay_doubles_from_two_seconds_to_five_minutes_with_jitter()
    {
        for (var attempt = 1; attempt <= 300; attempt++)
        {
            var least = Math.Min(300, Math.Pow(2, Math.Min(attempt, 20)));
            Assert.InRange(BackOff.DelayAfter(attempt).TotalSeconds, least, least * 1.2);
        }
    }

    [Fact]
    public async Task A_message_is_dead_lettered_after_a_day_of_failures()
    {
        var since = Sample.Now.AddHours(-24.1).ToUnixTimeMilliseconds();
        await ProcessAsync(Message("1~70", ("attempt", 71), ("first-attempt", since)), _ => throw new TimeoutException());

        Assert.Equal(["dead-letter 1~70 TransientFailureForADay"], _steps);
    }

    [Fact]
    public async Task An_unprocessable_message_is_dead_lettered_with_a_reason_and_no_details()
    {
        await ProcessAsync(Message("1"), _ => throw new UnreadableMessageException());

        Assert.Equal(["dead-letter 1 Unreadable"], _steps);
    }

    [Fact]
    public async Task An_unknown_exception_is_left_to_the_platform()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => ProcessAsync(Message("1"), _ => throw new InvalidOperationException()));

        Assert.Empty(_steps);
    }

    public static TheoryData<Exception> RefusedSends =>
        [new ServiceBusException("Full", ServiceBusFailureReason.QuotaExceeded), new UnauthorizedAccessException("'Send' claim(s) are required")];

    [Theory]
    [MemberData(nameof(RefusedSends), DisableDiscoveryEnumeration = true)]
    public async Task A_message_that_can_be_neither_processed_nor_rescheduled_waits_for_its_lock_to_expire(Exception refused)
    {
        _sender.Setup(sender => sender.SendMessageAsync(It.IsAny<ServiceBusMessage>(), It.IsAny<CancellationToken>())).ThrowsAsync(refused);

        var running = ProcessAsync(Message("1"), _ => throw new TimeoutException());
        while (!running.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await running;
        Assert.Empty(_steps);
    }

    [Fact]
    public async Task A_message_with_an_unknown_exception_does_not_affect_the_rest_of_its_batch()
    {
        ServiceBusReceivedMessage[] batch = [Message("1"), Message("2"), Message("3")];
        await Assert.ThrowsAsync<AggregateException>(() => ProcessAsync(batch, some =>
            some.Any(message => message.MessageId == "2") ? throw new InvalidOperationException() : Task.CompletedTask));

        Assert.Equal(["complete 1", "complete 3"], _steps);
    }

    [Fact]
    public async Task An_unprocessable_message_does_not_affect_the_rest_of_its_batch()
    {
        ServiceBusReceivedMessage[] batch = [Message("1"), Message("2"), Message("3")];
        await ProcessAsync(batch, some =>
            some.Any(message => message.MessageId == "2") ? throw new UnreadableMessageException() : Task.CompletedTask);

        Assert.Equal(["complete 1", "dead-letter 2 Unreadable", "complete 3"], _steps);
    }

    [Fact]
    public async Task A_bad_message_in_a_batch_of_100_is_isolated_in_at_most_15_attempts()
    {
        var tries = 0;
        ServiceBusReceivedMessage[] batch = [.. Enumerable.Range(1, 100).Select(number => Message($"{number}"))];
        await Assert.ThrowsAsync<AggregateException>(() => ProcessAsync(batch, some =>
        {
            tries++;
            return some.Any(message => message.MessageId == "37") ? throw new InvalidOperationException() : Task.CompletedTask;
        }));

        Assert.InRange(tries, 2, 15);
        Assert.Equal(99, _steps.Distinct().Count());
    }

    [Fact]
    public async Task Changes_that_lose_against_concurrent_writers_are_rescheduled_together()
    {
        await ProcessAsync([Message("1"), Message("2")], _ => throw new ContendedException(new RequestFailedException(412, "Moved")));

        Assert.Equal(2, _sent.Count);
        Assert.Equal(["complete 1", "complete 2"], _steps.Where(step => step != "send").Order());
    }

    [Fact]
    public async Task A_batch_that_fails_transiently_is_rescheduled_as_a_whole()
    {
        await ProcessAsync([Message("1"), Message("2")], _ => throw new TimeoutException());

        Assert.Equal(["1~1", "2~1"], _sent.Select(message => message.MessageId).Order());
        Assert.Equal(["complete 1", "complete 2"], _steps.Where(step => step != "send").Order());
    }

    [Fact]
    public async Task A_stopping_host_settles_nothing()
    {
        using var stopping = new CancellationTokenSource();
        await stopping.CancelAsync();
        ServiceBusReceivedMessage[] batch = [Message("1"), Message("2")];

        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            _backOff.ProcessAsync(Queue, batch, _actions.Object, _ => throw new OperationCanceledException(), stopping.Token));

        Assert.Empty(_steps);
    }

    private Task ProcessAsync(ServiceBusReceivedMessage message, Func<IReadOnlyList<ServiceBusReceivedMessage>, Task> work) => ProcessAsync([message], work);

    private Task ProcessAsync(IReadOnlyList<ServiceBusReceivedMessage> messages, Func<IReadOnlyList<ServiceBusReceivedMessage>, Task> work) =>
        _backOff.ProcessAsync(Queue, messages, _actions.Object, work, CancellationToken.None);

    private static ServiceBusReceivedMessage Message(string id, params (string Name, object Value)[] properties) =>
        ServiceBusModelFactory.ServiceBusReceivedMessage(
            body: new BinaryData("{}"), messageId: id,
            properties: properties.ToDictionary(property => property.Name, property => property.Value));
}
