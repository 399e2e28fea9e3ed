namespace EReferrals.Local;

/// <summary>The local platform cannot start. The message is one line that says what to do.</summary>
#pragma warning disable CA1032 // only ever thrown with a message for the person at the keyboard
public sealed class LocalStartException(string message) : Exception(message);
#pragma warning restore CA1032
