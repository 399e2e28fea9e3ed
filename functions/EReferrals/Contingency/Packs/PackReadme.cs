using EReferrals.Contingency.Printing;
using EReferrals.Storage.Blobs;

namespace EReferrals.Contingency.Packs;

/// <summary>What stands in a pack for the person who opens it on a bad day.</summary>
internal static class PackReadme
{
    public static string Text(PackName name, DateTimeOffset generated, string lists) => $"""
        CONTINGENCY PACK of {name.Organisation}, {(name.Side == PackSide.Provider ? "referrals received" : "referrals sent")}
        Generated at {generated.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} ({DisplayText.Format(generated)} UK time)

        For use when the referral service cannot be reached. What came later is not in here.

        lists/         every worklist, to print (.html) and to open in a spreadsheet (.csv)
        sheets/        a page for every referral on these lists, named by its UBRN
        attachments.csv  which letters and files there are; the files are held by the service
        SHA256SUMS     checksums of all files: sha256sum -c SHA256SUMS

        Referrals on each list:
        {lists}
        What to do
        1. Print the list that you work from; print the sheet of each patient that you see.
        2. Write on the paper what was done, who did it, and when (date and time).
        3. When the service is back, report it: POST /v1/contingency/reconcile. It may be sent twice.

        These files hold personal health data. Keep them where only those who treat the patients can
        read them, and destroy them when the next pack has come.

        """.ReplaceLineEndings("\r\n");
}
