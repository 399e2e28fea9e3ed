using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Tables;

/// <summary>The metadata of attachments: one row for each, in a partition named by its id.</summary>
public sealed class AttachmentTable(StorageClients storage)
{
    /// <summary>Set when the deletion of the attachment has begun: from then on it counts as missing.</summary>
    internal const string DeletingColumn = "Deleting";

    private const int MaxAttempts = 8;

    private readonly TableClient _reading = storage.ForReading(TableKeys.Attachments);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Attachments);

    /// <summary>
    /// Saves a new attachment and returns the saved row. The id is new, so an existing row is from an earlier attempt whose response was lost.
    /// </summary>
    public async Task<Attachment> AddAsync(Attachment attachment, CancellationToken cancellationToken)
    {
        try
        {
            await _writing.AddEntityAsync(RowOf(attachment), cancellationToken);
            return attachment;
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            return await FindAsync(attachment.Id, cancellationToken)
                ?? throw new InvalidOperationException($"Attachment {attachment.Id} exists but cannot be read.", ex);
        }
    }

    /// <summary>The attachment; null when it does not exist.</summary>
    public async Task<Attachment?> FindAsync(string id, CancellationToken cancellationToken) =>
        await RowAsync(_reading, id, cancellationToken) is { } row ? AttachmentOf(row) : null;

    /// <summary>The attachments that exist, by id.</summary>
    public async Task<IReadOnlyDictionary<string, Attachment>> FindManyAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(ids.Distinct(StringComparer.Ordinal).Select(id => FindAsync(id, cancellationToken)));
        return found.OfType<Attachment>().ToDictionary(attachment => attachment.Id, StringComparer.Ordinal);
    }

    /// <summary>Records a scan verdict and returns the attachment; null when it does not exist. A repeated or superseded verdict changes nothing.</summary>
    public Task<Attachment?> RecordVerdictAsync(string id, AttachmentStatus verdict, DateTimeOffset at, CancellationToken cancellationToken)
    {
        return ChangeAsync(id, Scanned, cancellationToken);

        Attachment Scanned(Attachment before)
        {
            var status = AttachmentRules.After(before.Status, verdict);
            return status == before.Status ? before : before with { Status = status, ScannedAt = at };
        }
    }

    /// <summary>
    /// Links an attachment to its referral, permanently. Idempotent for the same referral. The caller checks the other rules
    /// (<see cref="AttachmentRules.MayBeNamed"/>).
    /// </summary>
    public async Task<LinkOutcome> LinkAsync(string id, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var attachment = await ChangeAsync(id, Linked, cancellationToken);
        if (attachment is null) return LinkOutcome.Unknown;
        return attachment.LinkedTo == ubrn ? LinkOutcome.Linked : LinkOutcome.BelongsToAnother;

        Attachment Linked(Attachment before) =>
            before.LinkedTo is null && (before.UploadedFor is null || before.UploadedFor == ubrn) ? before with { LinkedTo = ubrn } : before;
    }

    // Returns the attachment after the change; null when it does not exist. A change that returns its argument writes nothing.
    // Optimistic concurrency on the row's ETag: retries when another writer changed the row, such as a verdict during a link.
    private async Task<Attachment?> ChangeAsync(string id, Func<Attachment, Attachment> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await RowAsync(_writing, id, cancellationToken) is not { } row) return null;
            var before = AttachmentOf(row);
            var after = change(before);
            if (ReferenceEquals(after, before)) return after;
            try
            {
                await _writing.UpdateEntityAsync(ChangesOf(after), row.ETag, TableUpdateMode.Merge, cancellationToken);
                return after;
            }
            catch (RequestFailedException ex) when (ex.Status == 412 && attempt < MaxAttempts)
            {
            }
        }
    }

    private static async Task<TableEntity?> RowAsync(TableClient table, string id, CancellationToken cancellationToken)
    {
        var row = await table.GetEntityIfExistsAsync<TableEntity>(id, TableKeys.Attachment(id), cancellationToken: cancellationToken);
        return row.HasValue && !IsDeleting(row.Value!) ? row.Value : null;
    }

    internal static bool IsDeleting(TableEntity row) => row.GetBoolean(DeletingColumn) == true;

    private static TableEntity RowOf(Attachment attachment)
    {
        var row = ChangesOf(attachment);
        row["Name"] = attachment.Name;
        row["ContentType"] = attachment.ContentType;
        row["Size"] = attachment.Size;
        row["Sha256"] = attachment.Sha256;
        row["Organisation"] = attachment.UploadedBy.Organisation;
        row["UploadedBy"] = attachment.UploadedBy.User;
        row["UploadedByRole"] = Code.From(attachment.UploadedBy.Role);
        if (attachment.UploadedBy.OnBehalfOf is { } clinician) row["OnBehalfOf"] = clinician;
        if (attachment.UploadedFor is { } ubrn) row["Ubrn"] = ubrn.ToString();
        row["UploadedAt"] = attachment.UploadedAt;
        return row;
    }

    private static TableEntity ChangesOf(Attachment attachment)
    {
        var row = new TableEntity(attachment.Id, TableKeys.Attachment(attachment.Id)) { ["Status"] = Code.From(attachment.Status) };
        if (attachment.ScannedAt is { } at) row["ScannedAt"] = at;
        if (attachment.LinkedTo is { } ubrn) row["LinkedUbrn"] = ubrn.ToString();
        return row;
    }

    internal static Attachment AttachmentOf(TableEntity row) => new()
    {
        Id = row.PartitionKey,
        Name = row.GetString("Name"),
        ContentType = row.GetString("ContentType"),
        Size = row.GetInt64("Size") ?? throw Broken(row),
        Sha256 = row.GetString("Sha256"),
        Status = Code.TryParse<AttachmentStatus>(row.GetString("Status"), out var status) ? status : throw Broken(row),
        UploadedBy = new Actor(
            row.GetString("UploadedBy"),
            row.GetString("Organisation"),
            Code.TryParse<Role>(row.GetString("UploadedByRole"), out var role) ? role : throw Broken(row),
            row.GetString("OnBehalfOf")),
        UploadedAt = row.GetDateTimeOffset("UploadedAt") ?? throw Broken(row),
        UploadedFor = UbrnIn(row, "Ubrn"),
        LinkedTo = UbrnIn(row, "LinkedUbrn"),
        ScannedAt = row.GetDateTimeOffset("ScannedAt"),
    };

    private static Ubrn? UbrnIn(TableEntity row, string column) => row.GetString(column) is { } text ? Ubrn.Parse(text) : null;

    private static InvalidDataException Broken(TableEntity row) => new($"Row {row.RowKey} of {TableKeys.Attachments} has a missing or invalid value.");
}

/// <summary>The result of linking an attachment to a referral.</summary>
public enum LinkOutcome
{
    /// <summary>The attachment is linked to the referral, now or earlier.</summary>
    Linked,

    /// <summary>The attachment was linked to, or uploaded for, another referral.</summary>
    BelongsToAnother,

    /// <summary>The attachment does not exist.</summary>
    Unknown,
}
