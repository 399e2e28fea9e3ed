using EReferrals.Referrals.Lists;

namespace EReferrals.Storage.Blobs;

/// <summary>The name of a pack, which is for one side of an organisation: its referrers may not read what was referred to it, nor the reverse.</summary>
public sealed record PackName(string Organisation, PackSide Side)
{
    /// <summary>The pack that has this list.</summary>
    public static PackName Holding(WorklistName worklist) =>
        new(worklist.Organisation, WorklistRules.ProviderLists.Contains(worklist.List) ? PackSide.Provider : PackSide.Referrer);

    public override string ToString() => $"{Organisation}/{(Side == PackSide.Provider ? "provider" : "referrer")}.zip";
}

public enum PackSide
{
    Referrer,
    Provider,
}
