namespace EReferrals.Local.FunctionsHost;

/// <summary>The host cannot run this application here. The message says why.</summary>
public sealed class FunctionsHostStartException(string message, Exception? inner = null) : Exception(message, inner);
