using Azure.Messaging.ServiceBus;

namespace EReferrals.LocalRuntime.Tests.Broker;

public sealed class SessionTests : BrokerTest
{
    [Fact]
    public async Task A_session_has_one_holder_at_a_time()
    {
        await A.SendToSessionAsync("a", "1");
        await using var holder = await A.AcceptNextAsync();

        await ABroker.FailsAsync(ServiceBusFailureReason.SessionCannotBeLocked, () => Client.AcceptSessionAsync("sessions", "a"));
        var second = Client.AcceptNextSessionAsync("sessions");
        Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.False(second.IsCompleted);
        await holder.CloseAsync();

        Assert.Equal("a", (await second).SessionId);
    }

    [Fact]
    public async Task Messages_of_a_session_come_in_order_and_only_to_its_holder()
    {
        await A.SendToSessionAsync("a", "1", "2");
        await A.SendToSessionAsync("b", "x");
        await A.SendToSessionAsync("a", "3");

        await using var a = await A.AcceptNextAsync();
        await using var b = await A.AcceptNextAsync();

        Assert.Equal(("a", "b"), (a.SessionId, b.SessionId));
        Assert.Equal(["1", "2", "3"], (await a.ReceiveMessagesAsync(10)).Select(message => message.MessageId));
        Assert.Equal(["x"], (await b.ReceiveMessagesAsync(10)).Select(message => message.MessageId));
    }

    [Fact]
    public async Task An_abandoned_message_comes_before_the_rest_of_its_session()
    {
        await A.SendToSessionAsync("a", "1", "2");
        await using var session = await A.AcceptNextAsync();

        await session.AbandonMessageAsync(await ABroker.ReceiveAsync(session));

        Assert.Equal("1", (await ABroker.ReceiveAsync(session)).MessageId);
    }

    [Fact]
    public async Task A_holder_waits_for_later_messages_of_its_session()
    {
        await using var session = await Client.AcceptSessionAsync("sessions", "a");
        var waiting = ABroker.ReceiveAsync(session);

        await A.SendToSessionAsync("b", "not for it");
        await A.SendToSessionAsync("a", "1");

        Assert.Equal("1", (await waiting).MessageId);
    }

    [Fact]
    public async Task A_session_lock_that_expires_gives_the_session_and_its_messages_to_the_next()
    {
        await A.SendToSessionAsync("a", "1");
        await using var old = await A.AcceptNextAsync();
        var message = await ABroker.ReceiveAsync(old);
        var next = A.AcceptNextAsync();

        Clock.Advance(LockDuration);

        await using var holder = await next;
        Assert.True(old.IsClosed);
        await ABroker.FailsAsync(ServiceBusFailureReason.SessionLockLost, () => old.CompleteMessageAsync(message));
        await ABroker.FailsAsync(ServiceBusFailureReason.SessionLockLost, () => old.ReceiveMessageAsync());
        await ABroker.FailsAsync(ServiceBusFailureReason.SessionLockLost, () => old.RenewSessionLockAsync());
        await ABroker.FailsAsync(ServiceBusFailureReason.SessionLockLost, () => old.SetSessionStateAsync(new BinaryData("late")));
        var again = await ABroker.ReceiveAsync(holder);
        Assert.Equal(("1", 2), (again.MessageId, again.DeliveryCount));
    }

    [Fact]
    public async Task A_receive_that_waits_fails_when_the_session_lock_is_lost()
    {
        await using var session = await Client.AcceptSessionAsync("sessions", "a");
        var waiting = session.ReceiveMessageAsync(TimeSpan.FromHours(1));

        Clock.Advance(LockDuration);

        await ABroker.FailsAsync(ServiceBusFailureReason.SessionLockLost, () => waiting);
    }

    [Fact]
    public async Task A_renewed_session_lock_keeps_the_session()
    {
        await A.SendToSessionAsync("a", "1");
        await using var session = await A.AcceptNextAsync();
        var message = await ABroker.ReceiveAsync(session);
        Clock.Advance(LockDuration / 2);

        await session.RenewSessionLockAsync();
        Clock.Advance(LockDuration - TimeSpan.FromSeconds(1));

        Assert.Equal(Clock.GetUtcNow() + TimeSpan.FromSeconds(1), session.SessionLockedUntil);
        await session.CompleteMessageAsync(message);
        Assert.Equal(0, A.Broker.QueueStatistics("sessions").Total);
    }

    [Fact]
    public async Task Closing_a_session_gives_unsettled_messages_back_without_counting_their_delivery()
    {
        await A.SendToSessionAsync("a", "1");
        await using (var session = await A.AcceptNextAsync())
        {
            await ABroker.ReceiveAsync(session);
        }

        await using var next = await A.AcceptNextAsync();

        Assert.Equal(1, (await ABroker.ReceiveAsync(next)).DeliveryCount);
    }

    [Fact]
    public async Task Accepting_the_next_session_waits_as_long_as_one_try_and_then_times_out()
    {
        var waiting = Client.AcceptNextSessionAsync("sessions");

        Clock.Advance(TimeSpan.FromMinutes(1));

        var exception = await Assert.ThrowsAsync<ServiceBusException>(() => waiting);
        Assert.Equal(ServiceBusFailureReason.ServiceTimeout, exception.Reason);
        Assert.True(exception.IsTransient);
    }

    [Fact]
    public async Task Accepting_the_next_session_wakes_when_a_message_comes()
    {
        var waiting = A.AcceptNextAsync();

        await A.SendToSessionAsync("a", "1");

        Assert.Equal("a", (await waiting).SessionId);
    }

    [Fact]
    public async Task A_message_without_a_session_is_refused_by_a_session_queue()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => A.SendAsync("sessions", "lost"));
    }

    [Fact]
    public async Task A_receiver_without_a_session_can_only_peek_at_a_session_queue()
    {
        await A.SendToSessionAsync("a", "1");
        await using var receiver = Client.CreateReceiver("sessions");

        await Assert.ThrowsAsync<InvalidOperationException>(() => receiver.ReceiveMessageAsync());
        Assert.Equal("1", (await receiver.PeekMessageAsync()).MessageId);
    }

    [Fact]
    public async Task A_queue_without_sessions_gives_no_session_receiver()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Client.AcceptNextSessionAsync("plain"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Client.AcceptSessionAsync("plain", "a"));
    }

    [Fact]
    public async Task Session_state_belongs_to_the_session_and_survives_a_restart()
    {
        await using (var session = await Client.AcceptSessionAsync("sessions", "a"))
        {
            Assert.Null(await session.GetSessionStateAsync());
            await session.SetSessionStateAsync(new BinaryData("version 7"));
        }
        await A.RestartAsync();

        await using var again = await Client.AcceptSessionAsync("sessions", "a");
        Assert.Equal("version 7", (await again.GetSessionStateAsync()).ToString());
        await using var other = await Client.AcceptSessionAsync("sessions", "b");
        Assert.Null(await other.GetSessionStateAsync());
    }

    [Fact]
    public async Task Disposing_the_client_gives_its_sessions_back()
    {
        await A.SendToSessionAsync("a", "1");
        var other = new ServiceBusClient(A.Broker.ConnectionString);
        await other.AcceptNextSessionAsync("sessions");

        await other.DisposeAsync();

        await using var session = await A.AcceptNextAsync();
        Assert.Equal("a", session.SessionId);
    }

    [Fact]
    public async Task Many_holders_see_every_session_in_order_and_never_two_at_once()
    {
        const int sessions = 12, messages = 40;
        var sends = Enumerable.Range(0, sessions).Select(session => Task.Run(async () =>
        {
            for (var number = 0; number < messages; number++)
            {
                await A.SendToSessionAsync($"s{session}", $"{number}");
            }
        }));
        var seen = Enumerable.Range(0, sessions).ToDictionary(session => $"s{session}", _ => new List<string>());
        var holders = new int[sessions];
        var left = sessions * messages;
        using var done = new CancellationTokenSource();

        var receives = Enumerable.Range(0, 5).Select(_ => Task.Run(async () =>
        {
            try
            {
                while (!done.IsCancellationRequested)
                {
                    await using var session = await Client.AcceptNextSessionAsync("sessions", cancellationToken: done.Token);
                    var holder = int.Parse(session.SessionId[1..], System.Globalization.CultureInfo.InvariantCulture);
                    Assert.Equal(1, Interlocked.Increment(ref holders[holder]));
                    foreach (var message in await session.ReceiveMessagesAsync(5, TimeSpan.FromHours(1), done.Token))
                    {
                        seen[session.SessionId].Add(message.MessageId);
                        await session.CompleteMessageAsync(message);
                        if (Interlocked.Decrement(ref left) == 0)
                        {
                            await done.CancelAsync();
                        }
                    }
                    Interlocked.Decrement(ref holders[holder]);
                }
            }
            catch (OperationCanceledException)
            {
                // All have come.
            }
        }));
        await Task.WhenAll([.. sends, .. receives]);

        var expected = Enumerable.Range(0, messages).Select(number => $"{number}");
        Assert.All(seen.Values, ids => Assert.Equal(expected, ids));
    }
}
