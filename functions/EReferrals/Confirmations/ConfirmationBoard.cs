using EReferrals.Storage.Blobs;

namespace EReferrals.Confirmations;

/// <summary>
/// The confirmations that all instances share. In the contingency account, like the mode: operators must be able to switch the service to read-only while
/// the tables are down.
/// </summary>
public sealed class ConfirmationBoard(SharedDocuments documents)
{
    private readonly SharedDocument<ConfirmationList> _document =
        documents.Open("confirmations.json", ConfirmationsJson.Default.ConfirmationList, ConfirmationList.None);

    public async Task<ConfirmationList> ReadAsync(CancellationToken cancellationToken) => await _document.ReadAsync(cancellationToken);

    /// <param name="id">As a caller wrote it.</param>
    /// <returns>Null when there is no such confirmation.</returns>
    public async Task<Confirmation?> FindAsync(string id, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out var number) ? (await ReadAsync(cancellationToken)).Find(number) : null;

    public async Task<ConfirmationList> ChangeAsync(Func<ConfirmationList, ConfirmationList> change, CancellationToken cancellationToken) =>
        await _document.ChangeAsync(change, cancellationToken);
}
