using EReferrals.Contingency.Printing;
using EReferrals.Storage.Blobs;

namespace EReferrals.Contingency.Packs;

/// <summary>The instructions in a pack, for the person who opens it during an outage.</summary>
internal static class PackReadme
{
    public static string Text(PackName name, DateTimeOffset generated, string lists) => $"""
        CONTINGENCY PACK of {name.Organisation}, {(name.Side == PackSide.Provider ? "referrals received" : "referrals sent")}
        Generated at {generated.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} ({DisplayText.Format(generated)} UK time)

        For use when the referral service cannot be reached. It does not contain later changes.

        lists/         every worklist, to print (.html) and to open in a spreadsheet (.csv)
        sheets/        a page for each referral on these lists; the file name is the UBRN
        attachments.csv  the letters and files of the referrals; the service holds the files themselves
        SHA256SUMS     checksums of all files: sha256sum -c SHA256SUMS

        Referrals on each list:
        {lists}
        What to do
        1. Print the list that you work from, and the sheet of each patient whom you see.
        2. Write on the paper what was done, who did it, and when (date and time).
        3. When the service works again, report it with POST /v1/contingency/reconcile. You can safely
           send the same report twice.

        These files contain personal health data. Keep them where only staff who treat the patients can
        read them, and destroy them when you have the next pack.

        """.ReplaceLineEndings("\r\n");
}
