namespace EReferrals.Referrals;

/// <summary>
/// Another referral of the same patient to the same service that is open too. It keeps who refers and who provides, so that each reader is told of those
/// that it may know.
/// </summary>
/// <param name="Provider">Null when it is only shortlisted.</param>
public sealed record Duplicate(Ubrn Ubrn, DateTimeOffset Received, string Referrer, string? Provider);
