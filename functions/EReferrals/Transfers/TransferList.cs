namespace EReferrals.Transfers;

internal sealed record TransferList(IReadOnlyList<TransferView> Transfers);
