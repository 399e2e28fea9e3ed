namespace EReferrals.Referrals.Retention;

/// <summary>
/// What is kept for how long: the only place with these figures. Settings, sweeper, the lifecycle rules of the containers and the runbook agree with it.
/// </summary>
public static class RetentionTable
{
    private const string Code = "Records Management Code of Practice, Appendix II";

    // Thirty years: no rule for health records demands more.
    private const int Longest = 10_958;

    /// <summary>How long after a deletion its traces on worklists, and the ids of its files, are kept: they recognise what arrives late.</summary>
    public const int TraceDays = 30;

    public const int LinkedPackDays = 4;

    public static IReadOnlyList<RetentionRow> All { get; } =
    [
        new(RetentionKind.Referrals, 2922, RetentionDeleter.Sweeper, "after the last change or appointment, once the referral has ended")
        {
            Setting = "Referrals", Least = 2922, Most = Longest, LegalGround = $"{Code}: 8 years after last contact",
        },
        new(RetentionKind.ChildrensReferrals, null, RetentionDeleter.Sweeper,
            "as above, and to the 25th birthday, or to the 26th of a patient who was 17 then; without a date of birth, as if born on the day of the referral")
        {
            LegalGround = $"{Code}: children",
        },
        new(RetentionKind.MentalHealthReferrals, 7305, RetentionDeleter.Sweeper, "as referrals, when the specialty names mental health or psychiatry")
        {
            Setting = "MentalHealthReferrals", Least = 7305, Most = Longest, LegalGround = $"{Code}: 20 years",
        },
        new(RetentionKind.RefusedReferrals, 731, RetentionDeleter.Sweeper, "after the last change of a referral that ended as rejected")
        {
            Setting = "RefusedReferrals", Least = 731, Most = Longest, LegalGround = $"{Code}: 2 years, not accepted",
        },
        new(RetentionKind.Events, null, RetentionDeleter.Sweeper, "with their referral, and with them the versions that past providers read and first views"),
        new(RetentionKind.Attachments, null, RetentionDeleter.Sweeper,
            "with the referral that they are linked to, or were uploaded for; the id of a deleted file 30 days longer, to recognise a late verdict")
        {
            Container = "attachments",
        },
        new(RetentionKind.OrphanedUploads, 30, RetentionDeleter.Sweeper,
            "after the upload of a file that no referral has, and that no waiting submission may name")
        {
            Setting = "OrphanedUploads", Least = 8, Most = 365, Container = "attachments",
        },
        new(RetentionKind.ListTraces, null, RetentionDeleter.Sweeper, "with their referral; 30 days longer after an erasure, to recognise late changes"),
        new(RetentionKind.PatientIndex, null, RetentionDeleter.Sweeper,
            "the index of possible duplicates has open referrals only; an empty row is deleted with the referral"),
        new(RetentionKind.Tombstones, null, RetentionDeleter.Nothing,
            "number, organisations and time of a deletion, who had changed the referral, and the ids of its files, without patient data, so that no number has "
                + "two referrals"),
        new(RetentionKind.ChangeFeeds, 8, RetentionDeleter.Sweeper, "after the change; a reader may be 7 days behind"),
        new(RetentionKind.DoneCommands, 30, RetentionDeleter.Sweeper, "after the command, to answer its repeats")
        {
            Setting = "DoneCommands", Least = 8, Most = 365,
        },
        new(RetentionKind.IdempotencyKeys, 8, RetentionDeleter.Sweeper,
            "after the first request with the key; repeats are recognised for 7 days; all are kept while a submission is in quarantine: it may be a repeat"),
        new(RetentionKind.WaitingDeadLetters, null, RetentionDeleter.Operator, "until an operator replays or discards it") { Container = "quarantine" },
        new(RetentionKind.DiscardedDeadLetters, 90, RetentionDeleter.Sweeper,
            "after it was discarded, so that a mistake can be undone, or replayed, without its body")
        {
            Setting = "DiscardedDeadLetters", Least = 30, Most = 731, Container = "quarantine",
        },
        new(RetentionKind.Ledger, 7, RetentionDeleter.Service, "until the reconciler finds the referral right, at most 7 days") { Container = "ledger" },
        new(RetentionKind.Snapshots, null, RetentionDeleter.Service, "replaced when the list changes") { Container = "snapshots" },
        new(RetentionKind.OldSnapshots, 1, RetentionDeleter.LifecycleRule,
            "after a newer snapshot replaced it") { Container = "snapshots", Part = BlobPart.Version },
        new(RetentionKind.Packs, 30, RetentionDeleter.LifecycleRule,
            "after it was built; a pack whose lists still exist is then built again") { Container = "packs" },
        new(RetentionKind.OldPacks, 7, RetentionDeleter.LifecycleRule, "after a newer pack replaced it") { Container = "packs", Part = BlobPart.Version },
        new(RetentionKind.LinkedPacks, LinkedPackDays, RetentionDeleter.LifecycleRule,
            "after a link to it was issued, which works for 72 hours") { Container = "packs", Part = BlobPart.Snapshot },
        new(RetentionKind.StatusPage, null, RetentionDeleter.Service, "overwritten every minute; no patient data") { Container = "status" },
        new(RetentionKind.OldStatusPages, 1, RetentionDeleter.LifecycleRule,
            "after a newer page replaced it") { Container = "status", Part = BlobPart.Version },
        new(RetentionKind.Documents, null, RetentionDeleter.Service,
            "mode, messages and results of the service itself, overwritten; no patient data") { Container = "operations" },
        new(RetentionKind.Verdicts, 90, RetentionDeleter.LifecycleRule,
            "after a verdict of the malware scan that could not be delivered") { Container = "undelivered-verdicts" },
        new(RetentionKind.OldBlobsOfRecords, 90, RetentionDeleter.LifecycleRule,
            "after an attachment was deleted; until then only an operator with access to the account can restore it")
        {
            Part = BlobPart.Version,
        },
        new(RetentionKind.OldBlobsOfContingency, 35, RetentionDeleter.LifecycleRule,
            "after any other blob of the contingency account was deleted or replaced")
        {
            Part = BlobPart.Version,
        },
        new(RetentionKind.Packages, null, RetentionDeleter.Service, "the package of the present version; no patient data") { Container = "deployments" },
        new(RetentionKind.OldPackages, 7, RetentionDeleter.LifecycleRule,
            "after a newer package replaced it") { Container = "deployments", Part = BlobPart.Version },
        new(RetentionKind.AuditTrail, 2922, RetentionDeleter.Operator,
            "after the entry; write-once until then: Azure refuses to change or delete it (parameter auditRetentionDays)")
        {
            LegalGround = "as long as the record of an adult", Container = "audit",
        },
        new(RetentionKind.Directory, null, RetentionDeleter.Nothing, "services, slots, transfers and ranges of numbers; no patient data"),
    ];

    public static RetentionRow Of(RetentionKind kind) => All.Single(row => row.Kind == kind);
}
