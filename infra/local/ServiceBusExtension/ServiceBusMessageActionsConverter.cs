using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Grpc;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Provides a function with the actions for its messages.</summary>
internal sealed class ServiceBusMessageActionsConverter(Settlement.SettlementClient settlement) : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) =>
        new(context.TargetType == typeof(ServiceBusMessageActions)
            ? ConversionResult.Success(new ServiceBusMessageActions(settlement))
            : ConversionResult.Unhandled());
}
