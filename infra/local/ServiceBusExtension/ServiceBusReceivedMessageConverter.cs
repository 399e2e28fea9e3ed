using Azure.Core.Amqp;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Decodes messages from the host: 16 bytes of lock token, followed by the AMQP message.</summary>
[SupportsDeferredBinding]
[SupportedTargetType(typeof(ServiceBusReceivedMessage))]
[SupportedTargetType(typeof(ServiceBusReceivedMessage[]))]
internal sealed class ServiceBusReceivedMessageConverter : IInputConverter
{
    private const int LockTokenLength = 16;

    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        try
        {
            return new(context.Source switch
            {
                ModelBindingData one => ConversionResult.Success(Read(one)),
                CollectionModelBindingData several => ConversionResult.Success(several.ModelBindingData.Select(Read).ToArray()),
                _ => ConversionResult.Unhandled(),
            });
        }
        catch (Exception ex)
        {
            return new(ConversionResult.Failed(ex));
        }
    }

    private static ServiceBusReceivedMessage Read(ModelBindingData data)
    {
        if (data is not { Source: "AzureServiceBusReceivedMessage", ContentType: "application/octet-stream" })
            throw new InvalidOperationException($"Expected a Service Bus message, but got '{data.Source}' as '{data.ContentType}'.");

        var bytes = data.Content.ToMemory();
        var message = AmqpAnnotatedMessage.FromBytes(BinaryData.FromBytes(bytes[LockTokenLength..]));
        return ServiceBusReceivedMessage.FromAmqpMessage(message, BinaryData.FromBytes(bytes[..LockTokenLength]));
    }
}
