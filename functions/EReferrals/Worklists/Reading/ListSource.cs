namespace EReferrals.Worklists.Reading;

/// <summary>Where an answer comes from; on the wire in lower case.</summary>
internal enum ListSource
{
    /// <summary>The tables.</summary>
    Live,

    /// <summary>The contingency account.</summary>
    Snapshot,

    /// <summary>What this instance showed or read before.</summary>
    Memory,
}
