using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Retention;

/// <summary>The kinds of data that the table of retention lists.</summary>
[JsonConverter(typeof(CodeConverter<RetentionKind>))]
public enum RetentionKind
{
    Referrals,
    ChildrensReferrals,
    MentalHealthReferrals,
    RefusedReferrals,
    Events,
    Attachments,
    OrphanedUploads,
    ListTraces,
    PatientIndex,
    Tombstones,
    ChangeFeeds,
    DoneCommands,
    IdempotencyKeys,
    WaitingDeadLetters,
    DiscardedDeadLetters,
    Ledger,
    Snapshots,
    OldSnapshots,
    Packs,
    OldPacks,
    LinkedPacks,
    StatusPage,
    OldStatusPages,
    Documents,
    Verdicts,
    OldBlobsOfRecords,
    OldBlobsOfContingency,
    Packages,
    OldPackages,
    AuditTrail,
    Directory,
}
