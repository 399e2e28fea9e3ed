using System.Globalization;
using System.Text;

namespace EReferrals.Referrals.Values;

/// <summary>
/// Detects text without visible characters: white space, control characters, and Unicode characters that are never displayed (joiners, direction
/// marks, fillers, variation selectors, tags). Without this check, a clinical reason could be an empty page for the clinician who reads it.
/// </summary>
public static class BlankText
{
    public static bool Is(string? text)
    {
        if (text is null) return true;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Shows(rune)) return false;
        }

        return true;
    }

    private static bool Shows(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate => false,
        _ => !IsIgnorable(rune.Value) && !IsEmptyGlyph(rune.Value) && !IsNoCharacter(rune.Value),
    };

    // The code points with the Unicode property Default_Ignorable_Code_Point that their category does not reveal.
    private static bool IsIgnorable(int code) => code switch
    {
        0x034F or 0x3164 or 0xFFA0 or 0x2065 => true,
        >= 0x115F and <= 0x1160 => true,
        >= 0x17B4 and <= 0x17B5 => true,
        >= 0x180B and <= 0x180F => true,
        >= 0xFE00 and <= 0xFE0F => true,
        >= 0xFFF0 and <= 0xFFF8 => true,
        >= 0xE0000 and <= 0xE0FFF => true,
        _ => false,
    };

    // Graphic characters without a visible glyph: the blank Braille pattern, the musical null notehead, the Khitan filler.
    private static bool IsEmptyGlyph(int code) => code is 0x2800 or 0x1D159 or 0x16FE4;

    private static bool IsNoCharacter(int code) => (code & 0xFFFE) == 0xFFFE || code is >= 0xFDD0 and <= 0xFDEF;
}
