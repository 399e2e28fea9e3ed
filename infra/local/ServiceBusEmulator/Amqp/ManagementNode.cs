using Delivery = EReferrals.Local.ServiceBusEmulator.Broker.Delivery;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>Handles the management requests for a queue: schedule, cancel, renew, peek, and receive and settle deferred messages.</summary>
internal sealed class ManagementNode(BrokerQueue queue)
{
    public async Task<AmqpMessage> AnswerAsync(AmqpMessage request)
    {
        try
        {
            var map = request.ValueBody?.Value as AmqpMap ?? [];
            var operation = request.ApplicationProperties?.Map["operation"] as string;
            var result = await ExecuteAsync(operation, map).ConfigureAwait(false);
            var isEmpty = operation == "com.microsoft:peek-message" && result.Count == 0;
            return Response(isEmpty ? AmqpResponseStatusCode.NoContent : AmqpResponseStatusCode.OK, result);
        }
        catch (Exception ex)
        {
            var (condition, status) = BrokerFailure.From(ex);
            var response = Response(status, []);
            response.ApplicationProperties.Map["statusDescription"] = ex.Message;
            response.ApplicationProperties.Map["errorCondition"] = condition;
            return response;
        }
    }

    private static AmqpMessage Response(AmqpResponseStatusCode status, AmqpMap body)
    {
        var response = AmqpMessage.Create(new AmqpValue { Value = body });
        response.ApplicationProperties.Map["statusCode"] = (int)status;
        return response;
    }

    private async Task<AmqpMap> ExecuteAsync(string? operation, AmqpMap map)
    {
        switch (operation)
        {
            case "com.microsoft:schedule-message":
                var envelopes = ((IEnumerable<object>)Get(map, "messages")!)
                    .Select(entry => Envelope.Parse([.. (ArraySegment<byte>)Get((AmqpMap)entry, "message")!])).ToArray();
                return new() { [new MapKey("sequence-numbers")] = (await queue.SendAsync(envelopes).ConfigureAwait(false)).ToArray() };
            case "com.microsoft:cancel-scheduled-message":
                await queue.CancelScheduledAsync((long[])Get(map, "sequence-numbers")!).ConfigureAwait(false);
                return [];
            case "com.microsoft:renew-lock":
                var tokens = (Guid[])Get(map, "lock-tokens")!;
                return new() { [new MapKey("expirations")] = tokens.Select(token => queue.RenewLock(token).UtcDateTime).ToArray() };
            case "com.microsoft:peek-message":
                return Messages(queue.Peek((int)Get(map, "message-count")!, (long)Get(map, "from-sequence-number")!));
            case "com.microsoft:receive-by-sequence-number":
                var andDelete = (uint)Get(map, "receiver-settle-mode")! == 0;
                return Messages(await queue.ReceiveDeferredAsync((long[])Get(map, "sequence-numbers")!, andDelete).ConfigureAwait(false));
            case "com.microsoft:update-disposition":
                var state = Disposition(map);
                foreach (var token in (Guid[])Get(map, "lock-tokens")!) await Settlement.ApplyAsync(queue, token, state).ConfigureAwait(false);
                return [];
            default:
                throw new BrokerException(BrokerFailure.NotImplemented, $"The management operation '{operation}' is not supported.");
        }
    }

    private static DeliveryState Disposition(AmqpMap map)
    {
        var changes = new Fields();
        foreach (var (name, value) in Get(map, "properties-to-modify") as AmqpMap ?? []) changes.Add((string)name.Key, value);
        switch (Get(map, "disposition-status") as string)
        {
            case "completed":
                return new Accepted();
            case "abandoned":
                return new Modified { MessageAnnotations = changes };
            case "defered":
                return new Modified { UndeliverableHere = true, MessageAnnotations = changes };
            case "suspended":
                changes[Envelope.DeadLetterReason] = Get(map, "deadletter-reason");
                changes[Envelope.DeadLetterErrorDescription] = Get(map, "deadletter-description");
                return new Rejected { Error = new Error { Info = changes } };
            case var other:
                throw new BrokerException(BrokerFailure.ArgumentError, $"The disposition '{other}' is unknown.");
        }
    }

    private static object? Get(AmqpMap map, string name) => map[new MapKey(name)];

    private static AmqpMap Messages(IReadOnlyList<Delivery> deliveries) => deliveries.Count == 0
        ? []
        : new() { [new MapKey("messages")] = deliveries.Select(Entry).ToList() };

    private static AmqpMap Entry(Delivery delivery)
    {
        var entry = new AmqpMap { [new MapKey("message")] = MessageCodec.ToBytes(delivery) };
        if (delivery.LockToken != Guid.Empty) entry[new MapKey("lock-token")] = delivery.LockToken;
        return entry;
    }
}
