using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using EReferrals.Referrals.Letters;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Blobs;

/// <summary>The bytes of the attachments: one blob each, written once.</summary>
public sealed class AttachmentBlobs(StorageClients storage)
{
    private readonly BlobContainerClient _container = storage.RecordsContainer(Containers.Attachments);

    public static string Sha256Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Writes the bytes. They are never overwritten: a scan verdict holds for the bytes that were scanned.</summary>
    public async Task WriteAsync(Attachment attachment, byte[] bytes, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = attachment.ContentType },
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
        };
        try
        {
            await _container.GetBlobClient(attachment.Id).UploadAsync(BinaryData.FromBytes(bytes), options, cancellationToken);
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // The id is fresh: the work of a try whose answer was lost.
        }
    }

    /// <summary>
    /// The bytes, proved to be those that were uploaded. Anything else is a broken store and throws: never a wrong letter.
    /// </summary>
    public async Task<byte[]> ReadAsync(Attachment attachment, CancellationToken cancellationToken)
    {
        byte[] bytes;
        try
        {
            var download = await _container.GetBlobClient(attachment.Id).DownloadContentAsync(cancellationToken);
            bytes = download.Value.Content.ToArray();
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            throw new InvalidDataException($"Attachment {attachment.Id} is {attachment.Status} and has no bytes.", ex);
        }

        return Sha256Of(bytes) == attachment.Sha256
            ? bytes
            : throw new InvalidDataException($"The bytes of attachment {attachment.Id} are not those that were uploaded.");
    }
}
