using EReferrals.Storage.Chains;

namespace EReferrals.Audit.Verification;

/// <summary>What a fault means for an operator.</summary>
internal static class VerificationRules
{
    private const string Next = "Change nothing in the account, and follow 'The audit trail does not verify' in the runbook.";

    public static string Message(ChainFinding finding) => $"{What(finding)} {Next}";

    private static string What(ChainFinding finding) => finding.Fault switch
    {
        ChainFault.NotChained => "The blob does not begin with the head of a chain: its beginning was removed, or this service did not write it.",
        ChainFault.Misplaced => "The head of the blob names another blob: its content was copied or moved.",
        ChainFault.Altered => $"Lines {finding.FirstLine} to {finding.Line} are not those that were written: one was changed, removed, added or moved.",
        ChainFault.GroupsMissing => $"Entries before line {finding.Line} are missing, or they are in another order.",
        ChainFault.Unsealed => $"Lines {finding.FirstLine} to {finding.Line} have no seal: they were added, or the end of the blob was changed.",
        ChainFault.BlobRemoved => $"The blob '{finding.Named?.Blob}' of the account '{finding.Named?.Account}' is named here and does not exist.",
        ChainFault.EndChanged =>
            $"The blob '{finding.Named?.Blob}' of the account '{finding.Named?.Account}' does not have the end that is named here: "
            + "it was cut, extended or rewritten.",
        _ => throw new ArgumentOutOfRangeException(nameof(finding), finding.Fault, "A fault without a message."),
    };
}
