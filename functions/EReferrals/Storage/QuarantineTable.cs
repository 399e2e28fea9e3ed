using System.Globalization;
using Azure.Data.Tables;

namespace EReferrals.Storage;

/// <summary>Dead letters that were taken off their queue: a row to look at, and the body in a blob of the contingency account.</summary>
public sealed class QuarantineTable(StorageClients storage)
{
    private readonly TableClient _table = storage.ForWriting(TableKeys.Quarantine);

    /// <summary>Body first, row second: a row never points at nothing. Repeating it changes nothing.</summary>
    public async Task SaveAsync(DeadLetter letter, BinaryData body, CancellationToken cancellation)
    {
        var blob = storage.ContingencyContainer(Containers.Quarantine).GetBlobClient($"{letter.Queue}/{letter.Id}");
        await blob.UploadAsync(body, overwrite: true, cancellation);
        var row = new TableEntity(letter.Queue, TableKeys.DeadLetter(letter.EnqueuedAt, letter.Id))
        {
            ["Reason"] = letter.Reason,
            ["Description"] = letter.Description,
            ["MessageId"] = letter.MessageId,
            ["SessionId"] = letter.SessionId,
            ["CorrelationId"] = letter.CorrelationId,
            ["Ubrn"] = letter.Ubrn,
            ["EnqueuedAt"] = letter.EnqueuedAt,
            ["DeadLetteredAt"] = letter.DeadLetteredAt,
            ["DeliveryCount"] = letter.DeliveryCount,
        };
        await _table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellation);
    }
}

/// <param name="SequenceNumber">The broker's sequence number: the same however often the letter is delivered.</param>
public sealed record DeadLetter(
    string Queue,
    long SequenceNumber,
    string Reason,
    string? Description,
    string MessageId,
    string? SessionId,
    string? CorrelationId,
    string? Ubrn,
    DateTimeOffset EnqueuedAt,
    DateTimeOffset DeadLetteredAt,
    int DeliveryCount)
{
    public string Id => SequenceNumber.ToString("D19", CultureInfo.InvariantCulture);
}
