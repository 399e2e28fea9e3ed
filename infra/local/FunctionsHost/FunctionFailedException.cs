namespace EReferrals.Local.FunctionsHost;

/// <summary>An invocation failed: the function threw, timed out or lost its worker.</summary>
public sealed class FunctionFailedException(string message) : Exception(message);
