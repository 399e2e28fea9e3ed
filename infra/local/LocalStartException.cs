namespace EReferrals.Local;

/// <summary>The local platform cannot start. The message is one line that says what to do.</summary>
#pragma warning disable CA1032 // only ever thrown with a message for the person at the keyboard
public sealed class LocalStartException(string message) : Exception(message)
{
    /// <summary>Shortens the output of a process to one line for the message.</summary>
    internal static string OneLine(string text)
    {
        var line = string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length > 400 ? line[..400] : line;
    }
}
#pragma warning restore CA1032
