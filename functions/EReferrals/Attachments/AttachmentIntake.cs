using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Tables;
using EReferrals.Telemetry;

namespace EReferrals.Attachments;

/// <summary>
/// Takes a file in. Nobody knows its id before both its row and its bytes are stored, so that a stop leaves nothing that can be seen.
/// </summary>
public sealed class AttachmentIntake(AttachmentTable attachments, PendingScans pending, AttachmentBlobs blobs, ServiceTelemetry telemetry, TimeProvider clock)
{
    /// <summary>Bytes.</summary>
    public const int Limit = 5 * 1024 * 1024;

    /// <param name="id">Fresh; or that of the same upload, when it is sent again with the same key.</param>
    public async Task<Attachment> KeepAsync(
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
        // 1. The row: the scanner starts when the bytes arrive, and its verdict must find a row. A stop after it: a row without bytes,
        //    PENDING for ever, whose id nobody was told.
        var stored = await attachments.AddAsync(attachment, cancellationToken);
        // A repeat is noted as the first was, so that the verdict finds the note.
        if (stored.Status == AttachmentStatus.Pending) await pending.NoteAsync(stored, cancellationToken);
        // 2. The bytes. A stop after it: a stored file whose id nobody was told; the sender sends it again and gets another.
        await blobs.WriteAsync(attachment, bytes, cancellationToken);
        telemetry.Uploaded();
        return attachment;
    }
}
