using System.Text.Json;
using EReferrals.Messaging;
using EReferrals.Storage;

namespace EReferrals.Operations;

/// <summary>The reconciler's last result, whichever instance ran it.</summary>
public sealed class Reconciliation
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly OperationsBlobs _blobs;
    private readonly TimeProvider _clock;
    private volatile ReconciliationResult? _last;
    private long _askedAt;

    public Reconciliation(OperationsBlobs blobs, Telemetry telemetry, TimeProvider clock)
    {
        (_blobs, _clock) = (blobs, clock);
        telemetry.ObserveReconciler(() => _last?.Differences);
    }

    /// <summary>Null when there is none. While the store does not answer it is the last one known: see how old it is.</summary>
    public async Task<ReconciliationResult?> LastAsync(CancellationToken cancellation)
    {
        if (_askedAt != 0 && _clock.GetElapsedTime(_askedAt) < Fresh) return _last;
        _askedAt = _clock.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        try
        {
            var stored = await _blobs.ReadAsync(OperationsBlobs.Reconciliation, limit.Token);
            if (stored is not null) _last = JsonSerializer.Deserialize(stored, OperationsJson.Default.ReconciliationResult);
        }
        catch (Exception unknown) when (Transient.Is(unknown, cancellation))
        {
            // The last one known has its time with it.
        }

        return _last;
    }

    internal async Task PublishAsync(ReconciliationResult result, CancellationToken cancellation)
    {
        _last = result;
        var json = new BinaryData(JsonSerializer.SerializeToUtf8Bytes(result, OperationsJson.Default.ReconciliationResult));
        await _blobs.WriteAsync(OperationsBlobs.Reconciliation, json, cancellation);
    }
}
