namespace EReferrals.Overload;

/// <param name="Next">The time until the next token.</param>
/// <param name="Full">The time until the bucket is full.</param>
internal readonly record struct RateVerdict(bool IsAllowed, int Limit, int Remaining, TimeSpan Next, TimeSpan Full);
