using EReferrals.Contingency.Packs;
using EReferrals.Contingency.PaperReports;
using EReferrals.Contingency.Printing;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Contingency;

internal static class ContingencyRegistration
{
    public static IServiceCollection AddContingency(this IServiceCollection services) => services
        .AddSingleton<SheetReader>()
        .AddSingleton<PackBuilder>()
        .AddSingleton<PaperRecorder>();
}
