using System.Globalization;
using System.Text;

namespace EReferrals.Referrals.Values;

/// <summary>
/// What shows nothing when it is printed is no text: white space, controls, and characters that Unicode has for other ends than being seen (joiners,
/// direction marks, fillers, variation selectors, tags). A reason for referral made of them would be an empty page to whoever decides on it.
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

    // Default_Ignorable_Code_Point of Unicode, as far as the categories do not tell it.
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

    // Characters of their own that are drawn as nothing: braille without dots, a note without a head, the Khitan filler.
    private static bool IsEmptyGlyph(int code) => code is 0x2800 or 0x1D159 or 0x16FE4;

    private static bool IsNoCharacter(int code) => (code & 0xFFFE) == 0xFFFE || code is >= 0xFDD0 and <= 0xFDEF;
}
