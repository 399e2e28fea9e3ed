using EReferrals.Storage.Chains;

namespace EReferrals.Audit.Verification;

/// <param name="FirstLine">The first line that may be wrong.</param>
/// <param name="Line">The line at which the fault was noticed.</param>
/// <param name="Named">The blob that this one names, when the fault is in that one; otherwise null.</param>
/// <param name="Message">What is wrong, and what to do next.</param>
internal sealed record AuditFinding(string Account, string Blob, int FirstLine, int Line, ChainFault Fault, NamedBlob? Named, string Message);
