using EReferrals.Referrals.Organisations;
using EReferrals.Storage.Tables;

namespace EReferrals.Transfers;

/// <param name="State">RUNNING, DONE, or DONE_WITH_FAILURES.</param>
/// <param name="Failures">The first hundred failures; null in a list of transfers, or when there are none.</param>
internal sealed record TransferView(
    string Id,
    string From,
    string To,
    IReadOnlyList<string>? Services,
    string Reason,
    string State,
    TransferCounts Counts,
    string By,
    DateTimeOffset Ordered,
    DateTimeOffset Started,
    DateTimeOffset? Finished,
    IReadOnlyList<FailedMove>? Failures)
{
    public static TransferView Create(Succession succession, Transfer transfer, IReadOnlyList<FailedMove>? failures) => new(
        succession.Id,
        succession.From,
        succession.To,
        succession.Services,
        succession.Why,
        succession.IsRunning ? "RUNNING" : transfer.Failed > 0 ? "DONE_WITH_FAILURES" : "DONE",
        new TransferCounts(transfer.Found, transfer.Moved, transfer.Failed),
        succession.By.User,
        succession.At,
        transfer.Started,
        succession.IsRunning ? null : transfer.Finished,
        failures is { Count: > 0 } ? failures : null);
}

internal sealed record TransferCounts(int Found, int Moved, int Failed);
