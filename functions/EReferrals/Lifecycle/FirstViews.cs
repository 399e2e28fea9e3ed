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
/// Records when the provider first opened a referral, for its referrer to see. The record is a row of its own, so it does not change the version, the
/// ETag or the history, and does not conflict with commands. The audit trail is the proof of who read what; this record is only information, so a
/// read waits for it for a moment only and never fails because of it. If a view is not recorded, the next view is.
/// </summary>
public sealed partial class FirstViews(ReferralTable referrals, SuccessionRegister register, TimeProvider clock, ILogger<FirstViews> logger)
{
    // A remembered view saves a write; a forgotten one costs one.
    private const int Capacity = 100_000;

    private static readonly TimeSpan RecordLimit = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<(Ubrn, string), bool> _recorded = new();

    /// <summary>Records the view when the reader belongs to the present provider.</summary>
    public async Task NoteAsync(Referral referral, Actor reader)
    {
        if (reader.Organisation != referral.Service.Provider || !reader.Role.IsProviding()) return;
        if (_recorded.ContainsKey((referral.Ubrn, reader.Organisation))) return;
        await Task.WhenAny(RecordAsync(referral.Ubrn, reader), Task.Delay(RecordLimit, clock));
    }

    /// <summary>Returns the first view of the present provider, for a reader on the referrer's side; null for other readers or when there is none.</summary>
    public async Task<FirstView?> FindAsync(Referral referral, Actor reader, CancellationToken cancellationToken)
    {
        if (!reader.Role.IsReferring() || referral.Service.Provider is not { } provider) return null;
        if (await referrals.FindFirstViewAsync(referral.Ubrn, provider, cancellationToken) is { } view) return view;
        // A view by a predecessor of the provider counts as a view by the provider.
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
            if (_recorded.Count >= Capacity) _recorded.Clear();
            _recorded[(ubrn, reader.Organisation)] = true;
        }
        catch (Exception ex) when (Transient.Is(ex))
        {
            Log.NotRecorded(logger, ubrn, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1203, LogLevel.Warning, "The first view of referral {Ubrn} could not be recorded; the next view will be")]
        public static partial void NotRecorded(ILogger logger, Ubrn ubrn, Exception ex);
    }
}
