namespace EReferrals.Audit;

/// <summary>No sink accepted the audit entry, so the audited action must not go ahead. The caller gets 503.</summary>
public sealed class AuditUnavailableException() : Exception("No sink accepts audit entries at the moment.");
