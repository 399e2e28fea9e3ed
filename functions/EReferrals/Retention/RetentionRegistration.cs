using EReferrals.Retention.Sweeping;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Retention;

internal static class RetentionRegistration
{
    public static IServiceCollection AddRetention(this IServiceCollection services) => services
        .AddSingleton<ReferralRemoval>()
        .AddSingleton<KeptReferralResponse>()
        .AddSingleton<Sweeper>()
        .AddSingleton<ISweep, ErasureSweep>()
        .AddSingleton<ISweep, KeySweep>()
        .AddSingleton<ISweep, LetterSweep>()
        .AddSingleton<ISweep, FeedSweep>()
        .AddSingleton<ISweep, ReferralSweep>()
        .AddSingleton<ISweep, FileSweep>();
}
