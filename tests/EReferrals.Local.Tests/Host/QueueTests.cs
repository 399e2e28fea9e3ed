using Azure.Messaging.ServiceBus;
using EReferrals.Local.Tests.App;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Local.Tests.Host;

public sealed class QueueTests : IAsyncLifetime
{
    private readonly Script _script = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero));
    private TestHost _app = null!;

    public async Task InitializeAsync() => _app = await StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_message_is_passed_to_its_function_and_removed()
    {
        await _app.SendAsync("plain", "a");
        await SeenAsync(1);
        await _app.DrainAsync("plain");

        Assert.Equal(["a 1"], _script.Seen);
    }

    [Fact]
    public async Task A_message_arrives_with_all_its_properties()
    {
        ServiceBusReceivedMessage? received = null;
        _script.OnMessage = (message, actions) =>
        {
            received = message;
            return actions.CompleteMessageAsync(message);
        };
        await using var sender = _app.Bus.CreateSender("plain");
        await sender.SendMessageAsync(new ServiceBusMessage("body")
        {
            MessageId = "id", CorrelationId = "correlation", Subject = "subject", ContentType = "text/plain", ApplicationProperties = { ["number"] = 7 },
        });
        await SeenAsync(1);
        await _app.DrainAsync("plain");

        Assert.Equal(
            ("body", "id", "correlation", "subject", "text/plain", 7, 1, _clock.GetUtcNow().AddMinutes(1)),
            (received!.Body.ToString(), received.MessageId, received.CorrelationId, received.Subject, received.ContentType,
                (int)received.ApplicationProperties["number"], received.DeliveryCount, received.LockedUntil));
        Assert.NotEqual(0, received.SequenceNumber);
    }

    [Fact]
    public async Task A_message_whose_function_throws_is_redelivered_at_once_and_finally_dead_lettered()
    {
        _script.OnMessage = (_, _) => throw new InvalidOperationException("no");

        await _app.SendAsync("plain", "a");
        await SeenAsync(4);

        Assert.Equal(["a 1", "a 2", "a 3", "dead a MaxDeliveryCountExceeded"], _script.Seen);
    }

    [Fact]
    public async Task A_message_settled_before_the_function_throws_stays_settled()
    {
        _script.OnMessage = async (message, actions) =>
        {
            await actions.CompleteMessageAsync(message);
            throw new InvalidOperationException("no");
        };

        await _app.SendAsync("plain", "a");
        await SeenAsync(1);
        await _app.DrainAsync("plain");

        Assert.Equal(["a 1"], _script.Seen);
    }

    [Fact]
    public async Task A_function_can_dead_letter_a_message_with_a_reason()
    {
        _script.OnMessage = (message, actions) => actions.DeadLetterMessageAsync(message, deadLetterReason: "Poison");

        await _app.SendAsync("plain", "a");
        await SeenAsync(2);

        Assert.Equal(["a 1", "dead a Poison"], _script.Seen);
    }

    [Fact]
    public async Task A_function_can_abandon_a_message_with_properties()
    {
        _script.OnMessage = (message, actions) => message.DeliveryCount == 1
            ? actions.AbandonMessageAsync(message, new Dictionary<string, object> { ["tried"] = 1, ["for"] = TimeSpan.FromSeconds(2) })
            : actions.DeadLetterMessageAsync(message, deadLetterReason: $"{message.ApplicationProperties["tried"]} {message.ApplicationProperties["for"]}");

        await _app.SendAsync("plain", "a");
        await SeenAsync(3);

        Assert.Equal(["a 1", "a 2", "dead a 1 00:00:02"], _script.Seen);
    }

    [Fact]
    public async Task A_message_that_the_function_does_not_settle_is_redelivered_after_its_lock_expires()
    {
        var first = true;
        _script.OnMessage = (message, actions) =>
        {
            if (!first) return actions.CompleteMessageAsync(message);
            first = false;
            return Task.CompletedTask;
        };
        await _app.SendAsync("plain", "a");
        await TestHost.UntilAsync(() => _app.Emulator!.Broker.QueueStatistics("plain").Locked == 1 && !first && _app.Host.Running == 0);

        _clock.Advance(TimeSpan.FromSeconds(61));
        await SeenAsync(2);
        await _app.DrainAsync("plain");

        Assert.Equal(["a 1", "a 2"], _script.Seen);
    }

    [Fact]
    public async Task A_successful_function_completes_unsettled_messages_when_the_trigger_says_so()
    {
        await _app.SendAsync("automatic", "a");
        await SeenAsync(1);
        await _app.DrainAsync("automatic");

        Assert.Equal(["automatic a 1"], _script.Seen);
    }

    [Fact]
    public async Task The_lock_of_a_single_message_is_renewed_while_its_function_runs()
    {
        var open = new TaskCompletionSource();
        _script.OnMessage = async (message, actions) =>
        {
            await open.Task;
            await actions.CompleteMessageAsync(message);
        };
        await _app.SendAsync("plain", "a");
        await SeenAsync(1);

        for (var i = 0; i < 18; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            // Waits in real time, because the lock renewal is a real request.
            await Task.Delay(100);
        }

        open.SetResult();
        await _app.DrainAsync("plain");

        Assert.Equal(["a 1"], _script.Seen);
    }

    [Fact]
    public async Task At_most_as_many_messages_run_concurrently_as_host_json_allows()
    {
        var open = new TaskCompletionSource();
        _script.OnMessage = async (message, actions) =>
        {
            await open.Task;
            await actions.CompleteMessageAsync(message);
        };
        await _app.SendAsync("plain", Enumerable.Range(0, 20).Select(n => $"{n}"));
        await SeenAsync(8);

        Assert.Equal(8, _app.Host.Running);
        Assert.Equal(8, _app.Emulator!.Broker.QueueStatistics("plain").Locked);
        open.SetResult();
        await _app.DrainAsync("plain");
        Assert.Equal(20, _script.Seen.Count);
    }

    [Fact]
    public async Task A_batch_has_at_most_the_size_set_in_host_json()
    {
        await _app.Host.PauseTriggersAsync();
        await _app.SendAsync("batched", Enumerable.Range(0, 25).Select(n => $"{n}"));
        _app.Host.ResumeTriggers();
        await SeenAsync(25);
        await _app.DrainAsync("batched");

        Assert.Equal(Enumerable.Range(0, 25).Select(n => $"batched {n}"), _script.Seen);
        Assert.All(_script.BatchSizes, size => Assert.InRange(size, 1, 10));
        Assert.Contains(10, _script.BatchSizes);
    }

    [Fact]
    public async Task Batches_run_one_at_a_time()
    {
        var (running, most) = (0, 0);
        _script.OnBatch = async (messages, actions) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            foreach (var message in messages) await actions.CompleteMessageAsync(message);
            Interlocked.Decrement(ref running);
        };
        await _app.SendAsync("batched", Enumerable.Range(0, 50).Select(n => $"{n}"));
        await SeenAsync(50);
        await _app.DrainAsync("batched");

        Assert.Equal(1, most);
    }

    [Fact]
    public async Task The_messages_of_a_batch_can_be_settled_individually()
    {
        var first = true;
        _script.OnBatch = async (messages, actions) =>
        {
            foreach (var message in messages)
            {
                var settlement = (message.Body.ToString(), first) switch
                {
                    ("a", _) or (_, false) => actions.CompleteMessageAsync(message),
                    ("b", _) => actions.AbandonMessageAsync(message),
                    ("c", _) => actions.DeadLetterMessageAsync(message, deadLetterReason: "c"),
                    _ => Task.CompletedTask,
                };
                await settlement;
            }

            first = false;
        };
        await _app.Host.PauseTriggersAsync();
        await _app.SendAsync("batched", "a", "b", "c", "d");
        _app.Host.ResumeTriggers();
        await SeenAsync(5);

        Assert.Equal(["batched a", "batched b", "batched c", "batched d", "batched b"], _script.Seen);
        await TestHost.UntilAsync(() => _app.Emulator!.Broker.QueueStatistics("batched").Locked == 1);
        _clock.Advance(TimeSpan.FromSeconds(61));
        await SeenAsync(6);
        Assert.Equal("batched d", _script.Seen.Last());
    }

    [Fact]
    public async Task The_unsettled_messages_of_a_batch_that_throws_are_redelivered()
    {
        var first = true;
        _script.OnBatch = async (messages, actions) =>
        {
            await actions.CompleteMessageAsync(messages[0]);
            if (first)
            {
                first = false;
                throw new InvalidOperationException("no");
            }
        };
        await _app.Host.PauseTriggersAsync();
        await _app.SendAsync("batched", "a", "b");
        _app.Host.ResumeTriggers();
        await SeenAsync(3);
        await _app.DrainAsync("batched");

        Assert.Equal(["batched a", "batched b", "batched b"], _script.Seen);
    }

    [Fact]
    public async Task A_paused_trigger_receives_nothing()
    {
        await _app.Host.PauseTriggersAsync();
        await _app.SendAsync("plain", "a");

        Assert.Equal(1, _app.Emulator!.Broker.QueueStatistics("plain").Available);
        _app.Host.ResumeTriggers();
        await SeenAsync(1);
        await _app.DrainAsync("plain");
        Assert.Equal(["a 1"], _script.Seen);
    }

    [Fact]
    public async Task Pausing_waits_for_running_functions_and_leaves_no_message_locked()
    {
        for (var round = 0; round < 10; round++)
        {
            var sending = _app.SendAsync("plain", Enumerable.Range(0, 20).Select(n => $"{n}"));
            await Task.Delay(round);
            await _app.Host.PauseTriggersAsync();
            await sending;

            Assert.Equal(0, _app.Host.Running);
            Assert.Equal(0, _app.Emulator!.Broker.QueueStatistics("plain").Locked);
            _app.Host.ResumeTriggers();
        }

        await _app.DrainAsync("plain");
        Assert.All(_script.Seen, seen => Assert.EndsWith(" 1", seen, StringComparison.Ordinal));
        Assert.Equal(200, _script.Seen.Count);
    }

    [Fact]
    public async Task Stopping_waits_for_a_running_message_and_leaves_the_rest_on_the_queue()
    {
        var open = new TaskCompletionSource();
        _script.OnMessage = async (message, actions) =>
        {
            await open.Task;
            await actions.CompleteMessageAsync(message);
        };
        await _app.SendAsync("plain", Enumerable.Range(0, 20).Select(n => $"{n}"));
        await SeenAsync(8);
        var stopping = _app.Host.StopAsync();
        await Task.Delay(300);
        Assert.False(stopping.IsCompleted);
        open.SetResult();
        await stopping;

        Assert.Equal(8, _script.Seen.Count);
        var left = _app.Emulator!.Broker.QueueStatistics("plain");
        Assert.Equal((12, 0), ((int)left.Available, (int)left.Locked));
    }

    private Task<TestHost> StartAsync(params string[] settings) => TestHost.StartAsync(
        new TestHostOptions { Configure = Configure, HasQueues = true, Clock = _clock, Settings = settings });

    private void Configure(FunctionsApplicationBuilder builder) => builder.Services.AddSingleton(_script);

    private Task SeenAsync(int count) => TestHost.UntilAsync(() => _script.Seen.Count >= count);
}
