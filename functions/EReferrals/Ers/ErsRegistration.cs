using EReferrals.Ers.Commands;
using EReferrals.Ers.Files;
using EReferrals.Ers.Lists;
using EReferrals.Ers.Reading;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Ers;

internal static class ErsRegistration
{
    public static IServiceCollection AddErs(this IServiceCollection services) => services
        .AddSingleton<ErsReferrals>()
        .AddSingleton<ReferralReading>()
        .AddSingleton<AppointmentReading>()
        .AddSingleton<ErsCommands>()
        .AddSingleton<DocumentReader>()
        .AddSingleton<FileReading>()
        .AddSingleton<ErsWorklists>()
        .AddSingleton<PollQuota>();
}
