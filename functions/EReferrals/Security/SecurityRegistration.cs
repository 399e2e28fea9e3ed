using EReferrals.Security.Refusals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Protocols;

namespace EReferrals.Security;

internal static class SecurityRegistration
{
    public static IServiceCollection AddSecurity(this IServiceCollection services, Settings settings) => services
        .AddSingleton<IDocumentRetriever>(new HttpDocumentRetriever { RequireHttps = !settings.Tokens.MetadataAddress.IsLoopback })
        .AddHostedSingleton<RefusalLimits>()
        .AddSingleton<SigningKeys>()
        .AddSingleton<TokenValidator>();
}
