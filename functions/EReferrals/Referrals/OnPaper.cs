namespace EReferrals.Referrals;

/// <summary>An action that was taken while the service was unavailable and reported afterwards.</summary>
/// <param name="At">When the action was taken.</param>
/// <param name="By">The id of the user who acted. The actor of the event is the user who reported it.</param>
public sealed record OnPaper(DateTimeOffset At, string By);
