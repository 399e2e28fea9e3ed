using Azure.Core;
using Azure.Identity;
using EReferrals.Attachments;
using EReferrals.Audit;
using EReferrals.Contingency.Packs;
using EReferrals.Contingency.PaperReports;
using EReferrals.Contingency.Printing;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Intake;
using EReferrals.Lifecycle;
using EReferrals.Lifecycle.Commands;
using EReferrals.Messaging;
using EReferrals.Operations;
using EReferrals.Overload;
using EReferrals.Processing;
using EReferrals.Reconciliation;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using EReferrals.Status.Messages;
using EReferrals.Storage;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using EReferrals.Telemetry;
using EReferrals.Transfers;
using EReferrals.Worklists.Reading;
using EReferrals.Worklists.SafetyNet;
using EReferrals.Worklists.Snapshots;
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
        var credential = CredentialOf(settings);
        services.AddSingleton(credential);
        builder.AddObservability(credential);
        services.AddSingleton<ServiceTelemetry>();

        // Storage
        services.AddSingleton<StorageClients>();
        services.AddSingleton<ReferralTable>();
        services.AddSingleton(settings.SafetyNet);
        services.AddSingleton<WorklistTable>();
        services.AddSingleton<SafetyNetTable>();
        services.AddSingleton<AppointmentDays>();
        services.AddSingleton<OpenReferralTable>();
        services.AddSingleton<SnapshotBlobs>();
        services.AddSingleton<PackBlobs>();
        services.AddSingleton<IdempotencyTable>();
        services.AddSingleton<QuarantineTable>();
        services.AddSingleton<CanaryRows>();
        services.AddSingleton<SharedDocuments>();
        services.AddSingleton<StatusPageBlobs>();
        services.AddRunning<StoreStartup>();
        services.AddSingleton<UbrnRanges>();
        services.AddRunning<UbrnAllocator>();

        services.AddSingleton<CallerClock>();

        // Messaging
        services.AddBusClients();
        services.AddSingleton<QueueWatch>();
        services.AddSingleton<ReferralBus>();
        services.AddSingleton<BackOff>();

        // The flow
        services.AddSingleton<ReferenceCheck>();
        services.AddSingleton<SubmissionProcessing>();
        services.AddSingleton<DuplicateCheck>();
        services.AddSingleton<ChangeReferral>();
        services.AddSingleton<HandingOver>();
        services.AddSingleton<CommandEndpoint>();
        services.AddSingleton<FirstViews>();
        services.AddSingleton<ReferralViews>();
        services.AddSingleton<WorklistVersions>();
        services.AddSingleton<WorklistPages>();
        services.AddSingleton<WorklistCounts>();
        services.AddSingleton<SafetyNetSweep>();
        services.AddSingleton<LiveReads>();
        services.AddSingleton<SnapshotCopies>();
        services.AddSingleton<WholeLists>();
        services.AddSingleton<SnapshotSchedule>();
        services.AddSingleton<SnapshotBuilder>();

        // Attachments
        services.AddSingleton<AttachmentTable>();
        services.AddSingleton<AttachmentBlobs>();
        services.AddSingleton<AttachmentIntake>();
        services.AddSingleton<PendingScans>();
        services.AddSingleton<LateScans>();
        services.AddSingleton<LetterCheck>();
        services.AddSingleton<AttachmentAccess>();

        // Paper and contingency
        services.AddSingleton<SheetReader>();
        services.AddSingleton<PackBuilder>();
        services.AddSingleton<PaperReconciliation>();

        // Directory
        services.AddSingleton<ServiceTable>();
        services.AddSingleton<ServiceDirectory>();
        services.AddSingleton<TransferTable>();
        services.AddSingleton<SuccessionRegister>();

        // Operations
        services.AddSingleton<DeadLetterReplay>();
        services.AddRunning<ServiceModes>();
        services.AddRunning<ReferralLedger>();
        services.AddSingleton<LedgerBlobs>();
        services.AddSingleton<Reconciler>();
        services.AddSingleton<LastReconciliation>();
        services.AddSingleton<TransferRun>();
        services.AddSingleton<TransferOrders>();

        // Overload
        services.AddRunning<Workload>();
        services.AddSingleton<ProcessingThrottle>();
        services.AddSingleton<RateLimits>();

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
        services.AddSingleton<CanaryWatch>();
        services.AddSingleton<MessageBoard>();
        services.AddSingleton<Inventory>();
        services.AddSingleton<ServiceStatus>();
        services.AddRunning<StatusRefresh>();

        // The canary calls these two as the host does.
        services.AddSingleton<SubmitReferralFunction>();
        services.AddSingleton<GetWorklistFunction>();
        services.AddSingleton<CanaryProbe>();

        // Outermost first
        builder.UseMiddleware<HttpMiddleware>();
        builder.UseMiddleware<TimeLimitMiddleware>();
        builder.UseMiddleware<OverloadMiddleware>();
        builder.UseMiddleware<SecurityMiddleware>();
        builder.UseMiddleware<RateLimitMiddleware>();
        builder.UseMiddleware<ModeMiddleware>();

        return builder;
    }

    private static void AddRunning<T>(this IServiceCollection services) where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }

    // The identity is named: probing several sources costs seconds at start and may find the wrong one.
    private static TokenCredential CredentialOf(Settings settings) => settings.IdentityClientId is { } clientId
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId))
        : new DefaultAzureCredential();
}
