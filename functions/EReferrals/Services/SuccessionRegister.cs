using EReferrals.Referrals.Organisations;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;

namespace EReferrals.Services;

/// <summary>Who stands in whose place, as this instance knows it: read again when somebody asks and what is known is five seconds old.</summary>
public sealed class SuccessionRegister(TransferTable table, TimeProvider clock)
{
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>How long after an order every instance that works knows of it: one may have asked just before it, and been answered late.</summary>
    public static readonly TimeSpan KnownAfter = 3 * Fresh;

    private readonly SingleFlight<bool, Known> _reading = new();
    private volatile Known? _known;

    /// <summary>Throws when the tables do not answer and what is known is older.</summary>
    public async Task<Successions> CurrentAsync(CancellationToken cancellationToken)
    {
        if (_known is { } known && clock.GetElapsedTime(known.Asked) < Fresh) return known.Successions;
        return (await _reading.ReadAsync(true, ReadAsync).WaitAsync(cancellationToken)).Successions;
    }

    /// <summary>What this instance knows, however old, while the tables do not answer.</summary>
    public Successions LastKnown => _known?.Successions ?? Successions.None;

    /// <summary>What this instance has just saved.</summary>
    public void Saw(Successions successions) => _known = new Known(successions, clock.GetTimestamp());

    private async Task<Known> ReadAsync()
    {
        // Aged from before the read: the answer may be as old as that.
        var asked = clock.GetTimestamp();
        var read = new Known(await table.RegisterAsync(CancellationToken.None), asked);
        return _known is { } present && present.Asked > asked ? present : _known = read;
    }

    private sealed record Known(Successions Successions, long Asked);
}
