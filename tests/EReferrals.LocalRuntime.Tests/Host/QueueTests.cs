using Azure.Messaging.ServiceBus;
using EReferrals.LocalRuntime.Tests.Host.QueueApp;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.LocalRuntime.Tests.Host;

public sealed class QueueTests : IAsyncLifetime
{
    private readonly Script script = new();
    private readonly FakeTimeProvider clock = new(DateTimeOffset.Parse("2026-11-02T09:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
    private TestHost app = null!;

    public async Task InitializeAsync() => app = await TestHost.StartAsync("QueueApp", Configure, "--BatchQueue=batched");

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task A_message_reaches_its_function_and_is_gone()
    {
        await SendAsync("plain", new ServiceBusMessage("a"));
        await DrainAsync();

        Assert.Equal(["a 1"], script.Seen);
        Assert.Equal(0, app.Control.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task A_message_whose_function_throws_comes_again_at_once_and_ends_as_a_dead_letter()
    {
        script.OnMessage = (_, _) => throw new InvalidOperationException("no");

        await SendAsync("plain", new ServiceBusMessage("a"));
        await UntilAsync(() => script.Seen.Count == 4);

        Assert.Equal(["a 1", "a 2", "a 3", "dead a MaxDeliveryCountExceeded"], script.Seen);
    }

    [Fact]
    public async Task A_message_that_is_settled_before_the_function_throws_stays_settled()
    {
        script.OnMessage = async (message, actions) =>
        {
            await actions.CompleteMessageAsync(message);
            throw new InvalidOperationException("no");
        };

        await SendAsync("plain", new ServiceBusMessage("a"));
        await DrainAsync();

        Assert.Equal(["a 1"], script.Seen);
    }

    [Fact]
    public async Task A_function_may_dead_letter_with_a_reason()
    {
        script.OnMessage = (message, actions) => actions.DeadLetterMessageAsync(message, deadLetterReason: "Poison");

        await SendAsync("plain", new ServiceBusMessage("a"));
        await UntilAsync(() => script.Seen.Count == 2);

        Assert.Equal(["a 1", "dead a Poison"], script.Seen);
    }

    [Fact]
    public async Task A_message_that_nobody_settles_comes_again_when_its_lock_has_run_out()
    {
        var first = true;
        script.OnMessage = (message, actions) =>
        {
            if (!first) return actions.CompleteMessageAsync(message);
            first = false;
            return Task.CompletedTask;
        };
        await SendAsync("plain", new ServiceBusMessage("a"));
        await UntilAsync(() => app.Control.Broker.QueueStatistics("plain").Locked == 1 && !first);

        clock.Advance(TimeSpan.FromSeconds(61));
        await DrainAsync();

        Assert.Equal(["a 1", "a 2"], script.Seen);
    }

    [Fact]
    public async Task The_lock_of_a_single_message_is_renewed_while_its_function_runs()
    {
        var open = new TaskCompletionSource();
        script.OnMessage = async (message, actions) =>
        {
            await open.Task;
            await actions.CompleteMessageAsync(message);
        };
        await SendAsync("plain", new ServiceBusMessage("a"));
        await UntilAsync(() => script.Seen.Count == 1);

        for (var i = 0; i < 18; i++) clock.Advance(TimeSpan.FromSeconds(10));
        open.SetResult();
        await DrainAsync();

        Assert.Equal(["a 1"], script.Seen);
    }

    [Fact]
    public async Task A_batch_has_at_most_the_size_of_host_json()
    {
        await app.Control.PauseTriggersAsync();
        await SendAsync("batched", [.. Enumerable.Range(0, 25).Select(n => new ServiceBusMessage($"{n}"))]);
        app.Control.ResumeTriggers();
        await DrainAsync();

        Assert.Equal(Enumerable.Range(0, 25).Select(n => $"batched {n}"), script.Seen);
        Assert.Equal([10, 10, 5], script.BatchSizes);
    }

    [Fact]
    public async Task The_messages_of_a_batch_that_throws_come_again_unless_they_are_settled()
    {
        var first = true;
        script.OnBatch = async (messages, actions, _) =>
        {
            await actions.CompleteMessageAsync(messages[0]);
            if (first)
            {
                first = false;
                throw new InvalidOperationException("no");
            }
        };
        await app.Control.PauseTriggersAsync();
        await SendAsync("batched", new ServiceBusMessage("a"), new ServiceBusMessage("b"));
        app.Control.ResumeTriggers();
        await DrainAsync();

        Assert.Equal(["batched a", "batched b", "batched b"], script.Seen);
    }

    [Fact]
    public async Task A_session_batch_is_of_one_session_in_order()
    {
        script.OnBatch = async (messages, actions, session) =>
        {
            foreach (var message in messages) await actions.CompleteMessageAsync(message);
            await session!.ReleaseSession();
        };
        await app.Control.PauseTriggersAsync();
        foreach (var body in (string[])["1", "2", "3"])
            foreach (var session in (string[])["A", "B"])
                await SendAsync("sessions", new ServiceBusMessage(body) { SessionId = session });
        app.Control.ResumeTriggers();
        await DrainAsync();

        Assert.Equal(["A1 A2 A3", "B1 B2 B3"], script.Seen.Order());
    }

    [Fact]
    public async Task Session_batches_wait_for_each_other_as_in_the_cloud()
    {
        var open = new TaskCompletionSource();
        script.OnBatch = async (messages, actions, _) =>
        {
            await open.Task;
            foreach (var message in messages) await actions.CompleteMessageAsync(message);
        };
        await SendAsync("sessions", new ServiceBusMessage("1") { SessionId = "A" });
        await UntilAsync(() => script.Seen.Count == 1);
        await SendAsync("sessions", new ServiceBusMessage("1") { SessionId = "B" });
        open.SetResult();

        // The first session is held until it was idle for sessionIdleTimeout.
        await UntilAsync(() => app.Control.Broker.QueueStatistics("sessions") is { Locked: 0, Available: 1 });
        Assert.Single(script.Seen);
        await UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return script.Seen.Count == 2;
        });
    }

    [Fact]
    public async Task Single_messages_of_several_sessions_run_side_by_side_and_in_order_within_one()
    {
        await using var single = await TestHost.StartAsync("SessionApp", Configure);
        var both = new TaskCompletionSource();
        script.OnMessage = async (message, actions) =>
        {
            if (script.Seen.Contains("A1") && script.Seen.Contains("B1")) both.TrySetResult();
            await both.Task;
            await actions.CompleteMessageAsync(message);
        };
        var sender = single.Bus.CreateSender("sessions");
        foreach (var session in (string[])["A", "B"])
            foreach (var body in (string[])["1", "2", "3"])
                await sender.SendMessageAsync(new ServiceBusMessage(body) { SessionId = session });
        await single.Control.DrainAsync();

        Assert.Equal(["A1", "A2", "A3"], script.Seen.Where(seen => seen[0] == 'A'));
        Assert.Equal(["B1", "B2", "B3"], script.Seen.Where(seen => seen[0] == 'B'));
    }

    [Fact]
    public async Task A_paused_trigger_takes_nothing()
    {
        await app.Control.PauseTriggersAsync();
        await SendAsync("plain", new ServiceBusMessage("a"));

        Assert.Equal(1, app.Control.Broker.QueueStatistics("plain").Available);
        app.Control.ResumeTriggers();
        await DrainAsync();
        Assert.Equal(["a 1"], script.Seen);
    }

    [Fact]
    public async Task Stopping_lets_a_running_message_end_and_keeps_the_rest()
    {
        var state = TestHost.NewState();
        var open = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        script.OnMessage = async (message, actions) =>
        {
            entered.TrySetResult();
            await open.Task;
            await actions.CompleteMessageAsync(message);
        };
        await using (var first = await TestHost.StartAsync(
            "QueueApp", state, Configure, ownsState: false, "--BatchQueue=batched", "--AzureFunctionsJobHost:extensions:serviceBus:maxConcurrentCalls=1"))
        {
            await first.Bus.CreateSender("plain").SendMessagesAsync([new ServiceBusMessage("a"), new ServiceBusMessage("b")]);
            await entered.Task;
            var stopping = first.Host.StopAsync();
            open.SetResult();
            await stopping;
        }

        Assert.Equal(["a 1"], script.Seen);
        await using (var second = await TestHost.StartAsync("QueueApp", state, Configure, ownsState: true, "--BatchQueue=batched"))
            await second.Control.DrainAsync();
        Assert.Equal(["a 1", "b 1"], script.Seen);
    }

    private void Configure(FunctionsApplicationBuilder builder) => builder.Services.AddSingleton(script).AddSingleton<TimeProvider>(clock);

    private Task SendAsync(string queue, params ServiceBusMessage[] messages) => app.Bus.CreateSender(queue).SendMessagesAsync(messages);

    private Task DrainAsync() => app.Control.DrainAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition()) await Task.Delay(1, patience.Token);
    }
}
