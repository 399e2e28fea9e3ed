using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Azure.Amqp;
using Microsoft.Azure.Amqp.Encoding;
using RpcException = Grpc.Core.RpcException;

namespace EReferrals.Local.FunctionsHost.ServiceBus;

/// <summary>Settles messages on request of the functions that hold them.</summary>
internal sealed class SettlementService(HeldMessages messages, HostLog log) : Settlement.SettlementBase
{
    public override Task<Empty> Complete(CompleteRequest request, ServerCallContext context) => SettleAsync(
        request.Locktoken, (receiver, message) => receiver.CompleteMessageAsync(message, context.CancellationToken));

    public override Task<Empty> Abandon(AbandonRequest request, ServerCallContext context) => SettleAsync(
        request.Locktoken, (receiver, message) => receiver.AbandonMessageAsync(message, Decode(request.PropertiesToModify), context.CancellationToken));

    public override Task<Empty> Deadletter(DeadletterRequest request, ServerCallContext context) => SettleAsync(
        request.Locktoken,
        (receiver, message) => Decode(request.PropertiesToModify) is { } properties
            ? receiver.DeadLetterMessageAsync(
                message, properties, request.DeadletterReason, request.DeadletterErrorDescription, context.CancellationToken)
            : receiver.DeadLetterMessageAsync(message, request.DeadletterReason, request.DeadletterErrorDescription, context.CancellationToken));

    private async Task<Empty> SettleAsync(string lockToken, Func<ServiceBusReceiver, ServiceBusReceivedMessage, Task> settle)
    {
        var held = messages.Find(lockToken) ?? throw new RpcException(new Status(StatusCode.FailedPrecondition, $"LockToken {lockToken} not found."));
        try
        {
            await held.SettleAsync(settle);
            return new Empty();
        }
        catch (Exception ex) when (ex is ServiceBusException or InvalidOperationException)
        {
            log.Write(LogLevel.Warning, HostLog.Triggers, $"A message of '{held.Receiver.EntityPath}' could not be settled: {ex.Message}");
            throw new RpcException(new Status(StatusCode.Unknown, ex.Message));
        }
    }

    private static Dictionary<string, object>? Decode(ByteString bytes)
    {
        if (bytes.IsEmpty) return null;
        using var buffer = new ByteBuffer(bytes.ToByteArray(), 0, bytes.Length);
        return AmqpCodec.DecodeMap(buffer).ToDictionary(pair => pair.Key.ToString(), pair => Value(pair.Value));
    }

    private static object Value(object value) => value switch
    {
        DescribedType { Value: long ticks } described when Is(described, "timespan") => TimeSpan.FromTicks(ticks),
        DescribedType { Value: long ticks } described when Is(described, "datetime-offset") => new DateTimeOffset(ticks, TimeSpan.Zero),
        DescribedType { Value: string address } described when Is(described, "uri") => new Uri(address),
        AmqpSymbol symbol => symbol.Value,
        _ => value,
    };

    private static bool Is(DescribedType described, string type) => described.Descriptor.ToString() == $"com.microsoft:{type}";
}
