using System.Diagnostics.CodeAnalysis;

namespace EReferrals.Attachments;

/// <summary>The ids of attachments: version 4 UUIDs in lower case.</summary>
public static class AttachmentId
{
    public static string New() => Guid.NewGuid().ToString("D");

    /// <summary>Accepts a UUID with hyphens in upper or lower case; the id is in lower case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out string? id)
    {
        id = Guid.TryParseExact(text, "D", out var uuid) ? uuid.ToString("D") : null;
        return id is not null;
    }
}
