using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Processing;

internal static class ProcessingRegistration
{
    public static IServiceCollection AddProcessing(this IServiceCollection services) => services
        .AddSingleton<SubmissionProcessing>();
}
