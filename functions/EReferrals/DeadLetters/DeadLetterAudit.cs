using EReferrals.Audit;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.DeadLetters;

internal static class DeadLetterAudit
{
    public const string Discarded = "discarded";

    /// <summary>What an operator did with a dead letter. The operator's reason is free text, so the entry does not have it.</summary>
    public static AuditEntry Becomes(this AuditEntry entry, string after, DeadLetter letter) => entry with
    {
        Before = $"waited for {letter.Queue}: {letter.Reason}",
        After = after,
    };

    public static AuditEntry About(this AuditEntry entry, DeadLetter letter) => entry with
    {
        DeadLetter = letter.Id.ToString(),
        Ubrn = Ubrn.TryParse(letter.Ubrn, out var ubrn) ? ubrn : null,
    };
}
