using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Tables;

/// <summary>How far a transfer of an organisation has come. What it is stands in the register, as a <see cref="Succession"/> of the same id.</summary>
/// <param name="Place">The last number that was looked at; null at the start.</param>
/// <param name="Found">How many referrals of the predecessor were found so far, active or ended.</param>
/// <param name="Moved">How many of them the successor has.</param>
/// <param name="Failed">How many could not be moved.</param>
public sealed record Transfer(string Id, DateTimeOffset Started, Ubrn? Place, int Found, int Moved, int Failed, DateTimeOffset? Finished)
{
    public static Transfer New(string id, DateTimeOffset now) => new(id, now, Place: null, 0, 0, 0, Finished: null);
}

/// <param name="Tag">The store's own tag of the row that was read; the key to <see cref="TransferTable.SaveAsync"/>.</param>
public sealed record StoredTransfer(Transfer Transfer, string Tag);

/// <summary>A referral that a transfer could not move.</summary>
/// <param name="Why">Holds no patient data.</param>
public sealed record FailedMove(Ubrn Ubrn, string Why);
