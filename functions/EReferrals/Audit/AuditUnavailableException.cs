namespace EReferrals.Audit;

/// <summary>No place took the audit entry, so that what it is about must not happen. Answered with 503.</summary>
public sealed class AuditUnavailableException() : Exception("No place takes audit entries at present.");
