using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Web;

internal static class WebRegistration
{
    public static IServiceCollection AddWeb(this IServiceCollection services, Settings settings) =>
        services.AddSingleton<PageHeaders>().AddSingleton(PageConfig.From(settings));
}
