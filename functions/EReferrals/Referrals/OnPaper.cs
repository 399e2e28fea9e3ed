namespace EReferrals.Referrals;

/// <summary>An act that was done while the service could not be reached, and was reported afterwards.</summary>
/// <param name="At">When it was done.</param>
/// <param name="By">The user id of whoever did it; the event's actor is who reported it.</param>
public sealed record OnPaper(DateTimeOffset At, string By);
