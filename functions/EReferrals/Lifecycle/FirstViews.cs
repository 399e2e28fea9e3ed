using System.Collections.Concurrent;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Services;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Lifecycle;

/// <summary>
/// When the provider first opened a referral, for its referrer to see. It is a row of its own: version, ETag and history stay as they are, and a
/// command is not raced. The audit trail proves who read what; this only tells, so that a read waits for it a moment and never fails by it. An
/// opening that is not recorded is recorded at the next.
/// </summary>
public sealed partial class FirstViews(ReferralTable referrals, SuccessionRegister register, TimeProvider clock, ILogger<FirstViews> logger)
{
    // What is remembered saves a write; forgetting it costs one.
    private const int Capacity = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<(Ubrn, string), bool> _known = new();

    /// <summary>Takes note if the reader is the present provider.</summary>
    public async Task NoteAsync(Referral referral, Actor reader)
    {
        if (reader.Organisation != referral.Service.Provider || !reader.Role.IsProviding()) return;
        if (_known.ContainsKey((referral.Ubrn, reader.Organisation))) return;
        await Task.WhenAny(RecordAsync(referral.Ubrn, reader), Task.Delay(Patience, clock));
    }

    /// <summary>When the present provider first opened it, for a reader on the referrer's side; else null.</summary>
    public async Task<FirstView?> FindAsync(Referral referral, Actor reader, CancellationToken cancellationToken)
    {
        if (!reader.Role.IsReferring() || referral.Service.Provider is not { } provider) return null;
        if (await referrals.FindFirstViewAsync(referral.Ubrn, provider, cancellationToken) is { } opening) return opening;
        // What its predecessor opened, it has opened.
        var successions = await register.CurrentAsync(cancellationToken);
        foreach (var before in referral.PastProviders.Where(past => successions.ProviderOf(past, referral.Service.Id) == provider))
        {
            if (await referrals.FindFirstViewAsync(referral.Ubrn, before, cancellationToken) is { } earlier) return earlier;
        }

        return null;
    }

    private async Task RecordAsync(Ubrn ubrn, Actor reader)
    {
        try
        {
            await referrals.RecordFirstViewAsync(ubrn, new FirstView(reader.Organisation, reader.Role, clock.GetUtcNow()), CancellationToken.None);
            if (_known.Count >= Capacity) _known.Clear();
            _known[(ubrn, reader.Organisation)] = true;
        }
        catch (Exception ex) when (Transient.Is(ex))
        {
            Log.NotRecorded(logger, ubrn, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5003, LogLevel.Warning, "That referral {Ubrn} was opened could not be recorded; the next opening will be")]
        public static partial void NotRecorded(ILogger logger, Ubrn ubrn, Exception missed);
    }
}
