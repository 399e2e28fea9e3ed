using EReferrals.Storage.Blobs;
using EReferrals.Storage.Chains;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Slots;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Storage;

internal static class StorageRegistration
{
    public static IServiceCollection AddStorage(this IServiceCollection services) => services
        .AddSingleton<StorageClients>()
        .AddSingleton<ReferralTable>()
        .AddSingleton<WorklistReader>()
        .AddSingleton<WorklistProjector>()
        .AddSingleton<FeedRetention>()
        .AddSingleton<SafetyNetTable>()
        .AddSingleton<AppointmentDays>()
        .AddSingleton<PollCounts>()
        .AddSingleton<OpenReferralTable>()
        .AddSingleton<SnapshotBlobs>()
        .AddSingleton<PackBlobs>()
        .AddSingleton<IdempotencyTable>()
        .AddSingleton<QuarantineTable>()
        .AddSingleton<CanaryRows>()
        .AddSingleton<SharedDocuments>()
        .AddSingleton<StatusPageBlobs>()
        .AddHostedSingleton<StoreStartup>()
        .AddSingleton<UbrnRanges>()
        .AddSingleton<InstanceRows>()
        .AddSingleton<AttachmentTable>()
        .AddSingleton<AttachmentBlobs>()
        .AddSingleton<PendingScans>()
        .AddSingleton<ServiceTable>()
        .AddSingleton<TransferTable>()
        .AddSingleton<SlotTable>()
        .AddSingleton<LedgerBlobs>()
        .AddSingleton<AuditBlobs>()
        .AddSingleton<AuditReader>()
        .AddSingleton<GoneReferrals>()
        .AddSingleton<LegalHolds>()
        .AddSingleton<FileIndex>()
        .AddSingleton<DeletedFiles>()
        .AddSingleton<StoredFiles>()
        .AddSingleton<ListTraces>()
        .AddSingleton<ExpiredKeys>()
        .AddSingleton<QuarantinedLetters>()
        .AddSingleton<NumberWalk>()
        .AddSingleton<StorageReach>();
}
