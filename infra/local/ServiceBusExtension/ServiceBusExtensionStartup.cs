using System.Globalization;
using Grpc.Net.Client;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Azure.Functions.Worker.Grpc;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

[assembly: WorkerExtensionStartup(typeof(ServiceBusExtensionStartup))]

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Connects the worker's half of the extension to the host that started the worker.</summary>
public sealed class ServiceBusExtensionStartup : WorkerExtensionStartup
{
    public override void Configure(IFunctionsWorkerApplicationBuilder applicationBuilder)
    {
        ArgumentNullException.ThrowIfNull(applicationBuilder);
        applicationBuilder.Services.AddSingleton(services => new Settlement.SettlementClient(ChannelTo(services.GetRequiredService<IConfiguration>())));
    }

    private static GrpcChannel ChannelTo(IConfiguration configuration)
    {
        var address = configuration["Functions:Worker:HostEndpoint"]
            ?? throw new InvalidOperationException("The host did not set its address (Functions:Worker:HostEndpoint).");
        var longest = configuration["Functions:Worker:GrpcMaxMessageLength"] is { } length ? int.Parse(length, CultureInfo.InvariantCulture) : int.MaxValue;
        return GrpcChannel.ForAddress(address, new GrpcChannelOptions { MaxReceiveMessageSize = longest, MaxSendMessageSize = longest });
    }
}
