namespace EReferrals.Referrals.Slots;

/// <summary>Identifies a slot. The id is unique only within the service, because providers may choose it.</summary>
public sealed record SlotName(string Service, string Id)
{
    public const int MaxLength = 64;

    /// <summary>The form of an id, in words.</summary>
    public const string Form = "1 to 64 letters, digits, hyphens and full stops, with at least one letter or digit";

    /// <summary>An id that is also valid in FHIR: 1-64 letters, digits, hyphens and full stops.</summary>
    public static bool IsId(string text) =>
        text.Length is >= 1 and <= MaxLength
        && text.Any(char.IsAsciiLetterOrDigit)
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.');

    public override string ToString() => $"{Service}/{Id}";
}
