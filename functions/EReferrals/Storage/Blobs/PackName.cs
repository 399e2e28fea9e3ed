using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Blobs;

/// <summary>The name of a pack, which is for one side of an organisation: its referrers may not read what was referred to it, nor the reverse.</summary>
public sealed record PackName(string Organisation, PackSide Side)
{
    /// <summary>The pack that has this list.</summary>
    public static PackName Holding(WorklistName worklist) =>
        new(worklist.Organisation, WorklistRules.ProviderLists.Contains(worklist.List) ? PackSide.Provider : PackSide.Referrer);

    /// <summary>Null when the text is not the name of a pack.</summary>
    public static PackName? Parse(string text)
    {
        var organisation = text[..Math.Max(0, text.IndexOf('/', StringComparison.Ordinal))];
        if (!Identifiers.IsOdsCode(organisation)) return null;
        return Enum.GetValues<PackSide>().Select(side => new PackName(organisation, side)).FirstOrDefault(name => name.ToString() == text);
    }

    public override string ToString() => $"{Organisation}/{(Side == PackSide.Provider ? "provider" : "referrer")}.zip";
}

public enum PackSide
{
    Referrer,
    Provider,
}
