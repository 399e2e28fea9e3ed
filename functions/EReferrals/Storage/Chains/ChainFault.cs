using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Chains;

/// <summary>What does not verify.</summary>
[JsonConverter(typeof(CodeConverter<ChainFault>))]
public enum ChainFault
{
    /// <summary>The blob does not begin with the head of a chain: its beginning was removed, or this service did not write it.</summary>
    NotChained,

    /// <summary>The head names another blob: the content was copied or moved.</summary>
    Misplaced,

    /// <summary>The lines of a group, or its seal, are not those that were sealed.</summary>
    Altered,

    /// <summary>Groups before this one are missing, or groups are in another order.</summary>
    GroupsMissing,

    /// <summary>Lines after the last seal: a seal was removed or lines were added.</summary>
    Unsealed,

    /// <summary>A blob that another one names does not exist.</summary>
    BlobRemoved,

    /// <summary>A blob does not contain the end that another one names: it was cut or rewritten.</summary>
    EndChanged,
}
