using EReferrals.Referrals;
using EReferrals.Referrals.Values;
using EReferrals.Services;
using EReferrals.Storage;
using EReferrals.Storage.Tables;

namespace EReferrals.Intake;

/// <summary>
/// The idempotency keys of a sender of new referrals, with those of its predecessors: an organisation that was succeeded between two attempts sends the
/// second one with the successor's code.
/// </summary>
public sealed class SenderKeys(IdempotencyTable keys, SuccessionRegister register)
{
    public async Task<KeyRecord?> FindAsync(string organisation, Idempotency key, CancellationToken cancellationToken) =>
        await keys.FindAsync(organisation, key, cancellationToken) ?? await OfPredecessorAsync(organisation, key, cancellationToken);

    /// <summary>Records the key for this UBRN, or returns its earlier use.</summary>
    public async Task<KeyRecord> RecordAsync(string organisation, Idempotency key, Ubrn ubrn, CancellationToken cancellationToken) =>
        await OfPredecessorAsync(organisation, key, cancellationToken) ?? await keys.RecordAsync(organisation, key, ubrn, cancellationToken);

    private async Task<KeyRecord?> OfPredecessorAsync(string organisation, Idempotency key, CancellationToken cancellationToken)
    {
        foreach (var predecessor in (await register.CurrentAsync(cancellationToken)).Before(organisation))
        {
            if (await keys.FindAsync(predecessor, key, cancellationToken) is { } record) return record;
        }

        return null;
    }
}
