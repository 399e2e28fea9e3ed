using Azure.Core;
using Azure.Identity;
using EReferrals.Attachments;
using EReferrals.Directory;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

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

        // Attachments
        services.AddSingleton<AttachmentTable>();
        services.AddSingleton<AttachmentBlobs>();
        services.AddSingleton<AttachmentIntake>();
        services.AddSingleton<AttachmentAccess>();

        // Directory
        services.AddSingleton<ServiceTable>();
        services.AddSingleton<ServiceDirectory>();

        return builder;
    }

    // The identity is named: probing several sources costs seconds at start and may find the wrong one.
    private static TokenCredential CredentialOf(Settings settings) => settings.IdentityClientId is { } clientId
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId))
        : new DefaultAzureCredential();
}
