using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Retention;

namespace EReferrals.Retention.Sweeping;

/// <summary>
/// Finishes the erasures that operators ordered, in every mode of the sweeper, and forgets them when no late change can arrive any more. Until then their
/// number is known to the walk over the files, which finds the files that no stored version of the referral names.
/// </summary>
internal sealed class ErasureSweep(GoneReferrals gone, QuarantinedLetters quarantine, ReferralRemoval removal) : ISweep
{
    // An erasure that never began is forgotten after this time.
    private static readonly TimeSpan ToBegin = TimeSpan.FromHours(1);

    public SweepPart Part => SweepPart.Erasures;

    public async Task<SweepStep> StepAsync(string? place, SweepContext context, CancellationToken cancellationToken)
    {
        var discarded = context.Letters.Where(letter => letter.DiscardedAt is not null).ToArray();
        IReadOnlyDictionary<string, Ubrn>? aliases = null;
        await foreach (var (ubrn, at) in gone.NotedAsync(cancellationToken))
        {
            var age = context.Now - at;
            if (await gone.FindAsync(ubrn, cancellationToken) is not { } stone)
            {
                if (age > ToBegin) await gone.ForgetAsync(ubrn, cancellationToken);
                continue;
            }

            aliases ??= await gone.AliasesAsync(discarded.Select(letter => letter.Ubrn), cancellationToken);
            foreach (var letter in discarded.Where(letter => letter.IsAbout(ubrn, aliases))) await quarantine.DeleteAsync(letter, cancellationToken);

            if (!await removal.FinishAsync(ubrn, cancellationToken) || age < TimeSpan.FromDays(RetentionTable.TraceDays)) continue;
            // Its replay would put a change on a list that has forgotten the erasure.
            if (context.IsAwaited(ubrn)) continue;
            await removal.DropTracesAsync(stone, cancellationToken);
            await gone.ForgetAsync(ubrn, cancellationToken);
        }

        return new SweepStep(null, []);
    }
}
