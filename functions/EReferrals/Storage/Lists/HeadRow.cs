using Azure;

namespace EReferrals.Storage.Lists;

/// <param name="Tag">Default when the list has no head yet.</param>
internal sealed record HeadRow(WorklistHead Head, ETag Tag);
