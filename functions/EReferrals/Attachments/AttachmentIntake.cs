using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using EReferrals.Telemetry;

namespace EReferrals.Attachments;

/// <summary>
/// Stores an uploaded file. The id is returned only after both the row and the bytes are stored, so a stop leaves nothing visible.
/// </summary>
public sealed class AttachmentIntake(
    AttachmentTable attachments, FileIndex index, PendingScans pending, AttachmentBlobs blobs, GoneReferrals gone, StoredFiles files,
    ServiceTelemetry telemetry, TimeProvider clock)
{
    /// <summary>Bytes.</summary>
    public const int Limit = 5 * 1024 * 1024;

    /// <summary>Stores the file and returns its attachment; null when the referral that it names was deleted, and the file with it.</summary>
    /// <param name="id">A new id, or the id of the first upload when a retry has the same idempotency key.</param>
    public async Task<Attachment?> KeepAsync(
        string id, string name, string contentType, byte[] bytes, Ubrn? uploadedFor, Actor actor, CancellationToken cancellationToken)
    {
        var attachment = new Attachment
        {
            Id = id,
            Name = name,
            ContentType = contentType,
            Size = bytes.Length,
            Sha256 = AttachmentBlobs.Sha256Of(bytes),
            UploadedBy = actor,
            UploadedAt = clock.GetUtcNow(),
            UploadedFor = uploadedFor,
        };
        // 1. The index, so that the deletion of the referral finds the file. A stop after this leaves an id without a file.
        if (uploadedFor is { } named) await index.NoteAsync(id, named, cancellationToken);
        // 2. The row: the scanner starts when the bytes arrive, and its verdict must find a row. A stop after this leaves a row without bytes that
        //    stays PENDING, and no caller knows its id.
        var stored = await attachments.AddAsync(attachment, cancellationToken);
        // A retry writes the same note as the first upload, so that the verdict finds it and clears it.
        if (stored.Status == AttachmentStatus.Pending) await pending.NoteAsync(stored, cancellationToken);
        // 3. The bytes. A stop after this leaves a stored file, and no caller knows its id. Without a key, a retry gets another id.
        await blobs.WriteAsync(attachment, bytes, cancellationToken);
        // 4. A deletion that began before the row was there did not see the file. After a stop before this, the sweeper finds it by the index.
        if (uploadedFor is { } ubrn && await gone.FindFirstAsync(ubrn, cancellationToken) is not null)
        {
            if (await files.FindAsync(id, cancellationToken) is { } file) await files.DeleteAsync(file, cancellationToken);
            return null;
        }

        telemetry.Uploaded();
        return attachment;
    }
}
