using EReferrals.Referrals.Organisations;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;

namespace EReferrals.Services;

/// <summary>Caches which organisations were succeeded by others. Reads the register again when the cached copy is five seconds old.</summary>
public sealed class SuccessionRegister(TransferTable table, TimeProvider clock)
{
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long after a transfer was requested every running instance knows of it: an instance may have started to read just before, and received the
    /// response late.
    /// </summary>
    public static readonly TimeSpan KnownAfter = 3 * Fresh;

    private readonly SingleFlight<bool, CachedRegister> _reading = new();
    private volatile CachedRegister? _cached;

    /// <summary>Returns all successions, at most five seconds old. Throws when the tables do not respond and the cached copy is older.</summary>
    public async Task<Successions> CurrentAsync(CancellationToken cancellationToken)
    {
        if (_cached is { } cached && clock.GetElapsedTime(cached.ReadAt) < Fresh) return cached.Successions;
        return (await _reading.ReadAsync(true, ReadAsync).WaitAsync(cancellationToken)).Successions;
    }

    /// <summary>The cached copy, of whatever age; empty before the first read. For use while the tables do not respond.</summary>
    public Successions LastKnown => _cached?.Successions ?? Successions.None;

    /// <summary>Caches the register that this instance has just read or saved.</summary>
    public void Saw(Successions successions) => _cached = new CachedRegister(successions, clock.GetTimestamp());

    private async Task<CachedRegister> ReadAsync()
    {
        // The age counts from before the read, because the response may be that old.
        var readAt = clock.GetTimestamp();
        var read = new CachedRegister(await table.RegisterAsync(CancellationToken.None), readAt);
        return _cached is { } present && present.ReadAt > readAt ? present : _cached = read;
    }

    private sealed record CachedRegister(Successions Successions, long ReadAt);
}
