using Google.Protobuf;

namespace EReferrals.Local.FunctionsHost.ServiceBus;

/// <summary>Converts messages to the worker protocol.</summary>
internal static class MessageInputs
{
    private const int LockTokenLength = 16;

    public static InvocationRequest Create(QueueFunctionTrigger trigger, IReadOnlyList<ServiceBusReceivedMessage> messages)
    {
        var request = new InvocationRequest { TraceContext = Trace(trigger, messages) };
        var data = trigger.IsBatched
            ? new TypedData { CollectionModelBindingData = new() { ModelBindingData = { messages.Select(Whole) } } }
            : new TypedData { ModelBindingData = Whole(messages[0]) };
        request.InputData.Add(new ParameterBinding { Name = trigger.Binding, Data = data });
        if (!trigger.IsBatched) AddMetadata(request, messages[0]);
        return request;
    }

    /// <summary>The lock token, followed by the AMQP message.</summary>
    private static ModelBindingData Whole(ServiceBusReceivedMessage message)
    {
        var amqp = message.GetRawAmqpMessage().ToBytes().ToMemory();
        var content = new byte[LockTokenLength + amqp.Length];
        Guid.Parse(message.LockToken).TryWriteBytes(content);
        amqp.CopyTo(content.AsMemory(LockTokenLength));
        return new()
        {
            Version = "1.0",
            Source = "AzureServiceBusReceivedMessage",
            ContentType = "application/octet-stream",
            Content = UnsafeByteOperations.UnsafeWrap(content),
        };
    }

    private static RpcTraceContext Trace(QueueFunctionTrigger trigger, IReadOnlyList<ServiceBusReceivedMessage> messages)
    {
        // A batch has many senders. As in the cloud, it starts a new trace.
        if (trigger.IsBatched) return TraceContexts.Continue(null, null);
        var properties = messages[0].ApplicationProperties;
        return TraceContexts.Continue(Text("traceparent") ?? Text("Diagnostic-Id"), Text("tracestate"));

        string? Text(string name) => properties.TryGetValue(name, out var value) ? value as string : null;
    }

    private static void AddMetadata(InvocationRequest request, ServiceBusReceivedMessage message)
    {
        // As JSON, because the worker protocol has no numbers here.
        var metadata = request.TriggerMetadata;
        metadata["MessageId"] = new() { String = message.MessageId ?? "" };
        metadata["LockToken"] = new() { String = message.LockToken };
        metadata["DeliveryCount"] = new() { Json = message.DeliveryCount.ToString(CultureInfo.InvariantCulture) };
        metadata["SequenceNumber"] = new() { Json = message.SequenceNumber.ToString(CultureInfo.InvariantCulture) };
        metadata["EnqueuedTimeUtc"] = new() { Json = System.Text.Json.JsonSerializer.Serialize(message.EnqueuedTime.UtcDateTime) };
        if (message.CorrelationId is { } correlationId) metadata["CorrelationId"] = new() { String = correlationId };
        if (message.Subject is { } subject) metadata["Subject"] = new() { String = subject };
        if (message.ContentType is { } contentType) metadata["ContentType"] = new() { String = contentType };
    }
}
