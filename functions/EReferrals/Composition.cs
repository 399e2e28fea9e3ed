using Azure.Core;
using Azure.Identity;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Messaging;
using EReferrals.Security;
using EReferrals.Status;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.IdentityModel.Protocols;

namespace EReferrals;

/// <summary>What the app is made of, one line a topic.</summary>
public static class Composition
{
    public static FunctionsApplicationBuilder AddEReferrals(this FunctionsApplicationBuilder builder)
    {
        var services = builder.Services;
        var settings = Settings.From(builder.Configuration);
        services.AddSingleton(settings);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<TokenCredential>(CredentialOf(settings));

        // Storage
        services.AddSingleton<StorageClients>();
        services.AddSingleton<StoreStartup>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreStartup>());

        // Messaging
        services.AddBusClients();
        services.AddSingleton<QueueWatch>();

        // Security and audit
        services.AddSingleton(settings.Tokens);
        services.AddSingleton<IDocumentRetriever>(new HttpDocumentRetriever { RequireHttps = !settings.Tokens.MetadataAddress.IsLoopback });
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<TokenValidator>();
        services.AddSingleton<AuditPending>();
        services.AddSingleton<AuditBlobs>();
        services.AddSingleton<AuditTrail>();

        // Status
        services.AddSingleton<StorageReach>();
        services.AddSingleton<Dependencies>();
        services.AddSingleton<ServiceStatus>();

        // Outermost first
        builder.UseMiddleware<HttpMiddleware>();
        builder.UseMiddleware<SecurityMiddleware>();

        return builder;
    }

    // The identity is named: probing several sources costs seconds at start and may find the wrong one.
    private static TokenCredential CredentialOf(Settings settings) => settings.IdentityClientId is { } clientId
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId))
        : new DefaultAzureCredential();
}
