using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Retention;

namespace EReferrals.Retention.Sweeping;

/// <summary>
/// Walks over all files, and deletes those that no referral has and those of referrals that are gone. Those of an erased referral, also when they were only
/// uploaded for it, are deleted in a dry run too. Forgets the ids of files that were deleted long ago.
/// </summary>
internal sealed class FileSweep(StoredFiles files, DeletedFiles deleted, GoneReferrals gone, Settings settings) : ISweep
{
    private const int FilesAtOnce = 200;

    public SweepPart Part => SweepPart.Files;

    public async Task<SweepStep> StepAsync(string? place, SweepContext context, CancellationToken cancellationToken)
    {
        if (place is null) await deleted.ForgetAsync(context.Now - TimeSpan.FromDays(RetentionTable.TraceDays), cancellationToken);
        var page = await files.PageAsync(place, FilesAtOnce, cancellationToken);
        var found = new List<SweepFinding>();
        foreach (var file in page.Files)
        {
            var isErased = await IsErasedAsync(file.Attachment, context, cancellationToken);
            RetentionKind? due = isErased ? RetentionKind.Attachments : await DueAsync(file, context, cancellationToken);
            if (due is not { } kind) continue;
            var deletes = context.Deletes || isErased;
            found.Add(new SweepFinding(kind, file.Attachment.Id, deletes && await files.DeleteAsync(file, cancellationToken)));
        }

        return new SweepStep(page.Next, found);
    }

    private async Task<RetentionKind?> DueAsync(StoredFile file, SweepContext context, CancellationToken cancellationToken)
    {
        var attachment = file.Attachment;
        if (attachment.LinkedTo is not { } ubrn)
        {
            var isDue = file.IsDeleting || RetentionRules.IsOrphanDue(attachment, context.LastSubmission, settings.Retention, context.Now);
            return isDue ? RetentionKind.OrphanedUploads : null;
        }

        return file.IsDeleting || await IsGoneAsync(ubrn, attachment.UploadedAt, context, cancellationToken) ? RetentionKind.Attachments : null;
    }

    // An erased referral is noted. The file may name a number that became part of it.
    private async Task<bool> IsErasedAsync(Attachment file, SweepContext context, CancellationToken cancellationToken)
    {
        if (context.Erased.Count == 0 || AttachmentRules.BelongsTo(file) is not { } ubrn) return false;
        if (file.LinkedTo is not null && !context.Erased.Contains(ubrn.ToString())) return false;
        return await gone.FindFirstAsync(ubrn, cancellationToken) is { } stone && context.Erased.Contains((stone.First ?? stone.Ubrn).ToString());
    }

    // A referral that was deleted after its period is at least as old as that.
    private async Task<bool> IsGoneAsync(Ubrn ubrn, DateTimeOffset uploaded, SweepContext context, CancellationToken cancellationToken) =>
        uploaded < context.Now - settings.Retention.OfReferrals && await gone.FindAsync(ubrn, cancellationToken) is not null;
}
