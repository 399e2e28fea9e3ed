namespace EReferrals.Worklists.Reading;

/// <summary>The source of a response. Responses contain it in lower case.</summary>
internal enum ListSource
{
    /// <summary>The tables.</summary>
    Live,

    /// <summary>The contingency account.</summary>
    Snapshot,

    /// <summary>What this instance showed or read earlier.</summary>
    Memory,
}
