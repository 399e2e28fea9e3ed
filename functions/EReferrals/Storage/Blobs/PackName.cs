namespace EReferrals.Storage.Blobs;

/// <summary>The name of a pack, which is for one side of an organisation: its referrers may not read what was referred to it, nor the reverse.</summary>
public sealed record PackName(string Organisation, PackSide Side)
{
    public override string ToString() => $"{Organisation}/{(Side == PackSide.Provider ? "provider" : "referrer")}.zip";
}

public enum PackSide
{
    Referrer,
    Provider,
}
