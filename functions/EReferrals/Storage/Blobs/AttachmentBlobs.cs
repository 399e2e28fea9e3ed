using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using EReferrals.Referrals.Letters;

namespace EReferrals.Storage.Blobs;

/// <summary>The contents of attachments: one blob each, written once.</summary>
public sealed class AttachmentBlobs(StorageClients storage)
{
    private readonly BlobContainerClient _container = storage.RecordsContainer(Containers.Attachments);

    public static string Sha256Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Writes the bytes. Never overwrites a blob, because a scan verdict is valid only for the scanned bytes.</summary>
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
            // The id is new, so an earlier attempt of this write succeeded and its response was lost.
        }
    }

    /// <summary>The uploaded bytes, verified by their hash, so that a reader never gets a wrong letter.</summary>
    /// <exception cref="InvalidDataException">The blob is missing, or its bytes differ from the uploaded ones.</exception>
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
            throw new InvalidDataException($"Attachment {attachment.Id} is {attachment.Status}, but its blob is missing.", ex);
        }

        return Sha256Of(bytes) == attachment.Sha256
            ? bytes
            : throw new InvalidDataException($"The blob of attachment {attachment.Id} differs from the uploaded bytes.");
    }
}
