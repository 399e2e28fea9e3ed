namespace EReferrals.Slots;

/// <summary>The result of one row.</summary>
/// <param name="Status">As an HTTP status: 201 added, 200 changed or the same as before, 409 refused.</param>
/// <param name="Code">The error code of a refused row; else null.</param>
internal sealed record UploadedSlot(string Id, int Status, string? Code = null, string? Detail = null);
