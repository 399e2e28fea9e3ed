using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Letters;

/// <summary>What the scanner's verdicts, and their absence, make of a referral.</summary>
public static class LetterRules
{
    /// <summary>The referral with what is known of its letters; the same one when that is no news.</summary>
    /// <param name="known">The attachments as they are now, by id.</param>
    /// <param name="scanWithin">For how long a file may wait for the scanner.</param>
    public static Referral Checked(Referral referral, IReadOnlyDictionary<string, Attachment> known, TimeSpan scanWithin, DateTimeOffset now)
    {
        LinkedAttachment[] letters = [.. referral.Attachments.Select(Checked)];
        if (letters.SequenceEqual(referral.Attachments)) return referral;
        var after = WithProblems(referral with { Attachments = letters });
        // Whoever has reviewed it has not read the letter: it could not be opened then, or nobody knew yet that it never can be.
        return Transitions.ReviewedAgain(after, now);

        LinkedAttachment Checked(LinkedAttachment letter)
        {
            if (letter.Type != AttachmentType.Referrer || !known.TryGetValue(letter.Id, out var attachment)) return letter;
            var why = AttachmentRules.WhyUnreadable(attachment, scanWithin, now);
            return why == letter.Unreadable?.Why ? letter : letter with { Unreadable = why is { } code ? new Unreadable(code, now) : null };
        }
    }

    /// <summary>Problems with letters are those of the letters that it has.</summary>
    internal static Referral WithProblems(Referral referral) => referral with
    {
        Problems =
        [
            .. referral.Problems.Where(problem => problem.Code is not (ProblemCode.LetterBlocked or ProblemCode.LetterNotScanned)),
            .. referral.Attachments
                .Where(letter => letter is { Type: AttachmentType.Referrer, Unreadable: not null })
                .Select(letter => new ReferralProblem(letter.Unreadable!.Why, $"Letter {letter.Id}: {TextOf(letter.Unreadable.Why)}", letter.Unreadable.Since)),
        ],
    };

    private static string TextOf(ProblemCode why) => why == ProblemCode.LetterNotScanned
        ? "it has not been scanned, and nobody can open it yet. If it is urgent send it in another way."
        : "a threat was found in it or it could not be scanned, and nobody can open it. Upload a clean file and replace it.";
}
