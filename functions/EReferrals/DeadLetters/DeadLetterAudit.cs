using EReferrals.Audit;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.DeadLetters;

internal static class DeadLetterAudit
{
    public static AuditEntry About(this AuditEntry entry, DeadLetter letter) => entry with
    {
        DeadLetter = letter.Id.ToString(),
        Ubrn = Ubrn.TryParse(letter.Ubrn, out var ubrn) ? ubrn : null,
    };
}
