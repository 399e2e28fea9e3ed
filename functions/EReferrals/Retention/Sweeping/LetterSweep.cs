using EReferrals.Referrals.Retention;
using EReferrals.Storage.Retention;

namespace EReferrals.Retention.Sweeping;

/// <summary>Deletes dead letters that were discarded long ago, and old bodies that no letter has.</summary>
internal sealed class LetterSweep(QuarantinedLetters letters, Settings settings) : ISweep
{
    public SweepPart Part => SweepPart.DeadLetters;

    public async Task<SweepStep> StepAsync(string? place, SweepContext context, CancellationToken cancellationToken)
    {
        var before = context.Now - settings.Retention[RetentionKind.DiscardedDeadLetters];
        // A discarded letter that waits again, because its discard stopped half-way, waits.
        var waiting = context.Letters.Where(letter => letter.DiscardedAt is null).Select(letter => letter.Body).ToHashSet();
        var due = context.Letters.Where(letter => letter.DiscardedAt < before && !waiting.Contains(letter.Body)).ToArray();
        var known = context.Letters.Select(letter => letter.Body).ToHashSet();
        var bodies = (await letters.BodiesBeforeAsync(before, cancellationToken)).Where(name => !known.Contains(name)).ToArray();
        if (context.Deletes)
        {
            foreach (var letter in due) await letters.DeleteAsync(letter, cancellationToken);
            foreach (var body in bodies) await letters.DeleteBodyAsync(body, cancellationToken);
        }

        var names = due.Select(letter => letter.Body).Concat(bodies);
        return new SweepStep(null, [.. names.Select(name => new SweepFinding(RetentionKind.DiscardedDeadLetters, name, context.Deletes))]);
    }
}
