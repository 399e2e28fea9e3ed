using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Tables;

/// <summary>The progress of a transfer of an organisation. The register has the transfer itself, as a <see cref="Succession"/> with the same id.</summary>
/// <param name="Place">The last UBRN that was checked; null at the start.</param>
/// <param name="Found">The number of the predecessor's referrals found so far, active or ended.</param>
/// <param name="Moved">The number that the successor now has.</param>
/// <param name="Failed">The number that could not be moved.</param>
public sealed record Transfer(string Id, DateTimeOffset Started, Ubrn? Place, int Found, int Moved, int Failed, DateTimeOffset? Finished)
{
    public static Transfer New(string id, DateTimeOffset now) => new(id, now, Place: null, 0, 0, 0, Finished: null);
}

/// <param name="Tag">The ETag of the row that was read, for <see cref="TransferTable.SaveAsync"/>.</param>
public sealed record StoredTransfer(Transfer Transfer, string Tag);

/// <summary>A referral that a transfer could not move.</summary>
/// <param name="Why">The reason. Contains no patient data.</param>
public sealed record FailedMove(Ubrn Ubrn, string Why);
