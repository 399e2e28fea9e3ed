namespace EReferrals.Storage.Chains;

/// <param name="Line">The number of the line, from 1, at which the fault was noticed.</param>
/// <param name="FirstLine">The first line that may be wrong; equal to <paramref name="Line"/> or before it.</param>
/// <param name="Named">The end that does not verify, for a fault of a blob that line names; otherwise null.</param>
public sealed record ChainFinding(ChainFault Fault, int FirstLine, int Line, ChainEnd? Named = null);
