using Azure.Core.Pipeline;
using EReferrals.Contingency.PackReads;
using EReferrals.Contingency.Packs;
using EReferrals.Contingency.PaperReports;
using EReferrals.Contingency.Printing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EReferrals.Contingency;

internal static class ContingencyRegistration
{
    public static IServiceCollection AddContingency(this IServiceCollection services)
    {
        services.TryAddSingleton<HttpPipelineTransport>(HttpClientTransport.Shared);
        return services
            .AddSingleton<SheetReader>()
            .AddSingleton<PackBuilder>()
            .AddSingleton<ReadLog>()
            .AddSingleton<PackReadRecorder>()
            .AddSingleton<PaperRecorder>();
    }
}
