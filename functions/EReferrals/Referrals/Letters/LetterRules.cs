using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Letters;

/// <summary>Updates a referral with the results of its letters' scans, or with their absence.</summary>
public static class LetterRules
{
    /// <summary>Returns the referral with the present scan results of its letters; returns the same instance when nothing changed.</summary>
    /// <param name="attachments">The attachments by id, with their present status.</param>
    /// <param name="scanWithin">How long a file may wait for the scanner.</param>
    public static Referral Checked(Referral referral, IReadOnlyDictionary<string, Attachment> attachments, TimeSpan scanWithin, DateTimeOffset now)
    {
        LinkedAttachment[] letters = [.. referral.Attachments.Select(Checked)];
        if (letters.SequenceEqual(referral.Attachments)) return referral;
        var after = WithProblems(referral with { Attachments = letters });
        // A clinician who reviewed the referral has not read this letter, so the review is pending again.
        return Transitions.ReviewedAgain(after, now);

        LinkedAttachment Checked(LinkedAttachment letter)
        {
            if (letter.Type != AttachmentType.Referrer || !attachments.TryGetValue(letter.Id, out var attachment)) return letter;
            var why = AttachmentRules.WhyUnreadable(attachment, scanWithin, now);
            return why == letter.Unreadable?.Why ? letter : letter with { Unreadable = why is { } code ? new Unreadable(code, now) : null };
        }
    }

    /// <summary>Returns the referral with one problem for each of its letters that cannot be opened, and without those of removed letters.</summary>
    internal static Referral WithProblems(Referral referral) => referral with
    {
        Problems =
        [
            .. referral.Problems.Where(problem => problem.Code is not (ProblemCode.LetterBlocked or ProblemCode.LetterNotScanned)),
            .. referral.Attachments
                .Where(letter => letter is { Type: AttachmentType.Referrer, Unreadable: not null })
                .Select(letter => new ReferralProblem(letter.Unreadable!.Why, $"Letter {letter.Id} {TextOf(letter.Unreadable.Why)}", letter.Unreadable.Since)),
        ],
    };

    /// <summary>When the first letter was linked; null while there was none.</summary>
    public static DateTimeOffset? FirstAt(Referral referral) => referral.LettersFirstAt
        ?? referral.Attachments.Where(IsLetter).Min(letter => (DateTimeOffset?)letter.AttachedAt);

    /// <summary>Returns the next version of a referral with the instants at which its letters changed, and the ids of those that it no longer has.</summary>
    internal static Referral Dated(Referral before, Referral after, DateTimeOffset now)
    {
        var (old, current) = (LettersOf(before), LettersOf(after));
        if (old.SetEquals(current)) return after;
        var first = FirstAt(before);
        return after with
        {
            LettersFirstAt = first ?? (current.Count > 0 ? now : null),
            LettersChangedAt = first is null ? null : now,
            FormerLetters = [.. before.FormerLetters.Union(old).Except(current)],
        };
    }

    private static HashSet<string> LettersOf(Referral referral) => [.. referral.Attachments.Where(IsLetter).Select(letter => letter.Id)];

    private static bool IsLetter(LinkedAttachment attachment) => attachment.Type == AttachmentType.Referrer;

    /// <summary>Returns what e-RS refuses about a new set of letters and the plain API does not; empty when there is nothing.</summary>
    internal static Refusal[] ErsFaults(Referral referral, IReadOnlyList<NamedAttachment> letters)
    {
        var kept = referral.Attachments.Select(attachment => attachment.Id).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. letters.Select((letter, at) => WhyNotForErs(referral, kept, letter, at)).OfType<Refusal>(),
            .. AttachmentRules.SameNames(kept, letters),
        ];
    }

    private static Refusal? WhyNotForErs(Referral referral, HashSet<string> kept, NamedAttachment letter, int at) =>
        letter.Found is not { } found || kept.Contains(letter.Id) || found.UploadedFor == referral.Ubrn
            ? null
            : new Refusal(
                "AttachmentMustBeForThisReferral", "INAPPROPRIATE_VALUE", "The file was not uploaded for this referral.", AttachmentRules.PointerOf(at));

    private static string TextOf(ProblemCode why) => why == ProblemCode.LetterNotScanned
        ? "has not been scanned and cannot be opened yet. If it is urgent, send it another way."
        : "cannot be opened: a threat was found in it, or it could not be scanned. Upload a clean file and replace the letter, or say that none will come.";
}
