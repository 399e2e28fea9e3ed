namespace EReferrals.Referrals;

/// <summary>What the rules say to a command: the next version and its event, or a refusal.</summary>
public abstract record Decision
{
    private Decision()
    {
    }

    public sealed record Changed(Referral After, ReferralEvent Event) : Decision;

    /// <summary>Everything that stands against it; at least one thing.</summary>
    public sealed record Refused(params IReadOnlyList<Refusal> Refusals) : Decision
    {
        public Refusal Refusal => Refusals[0];
    }
}

/// <param name="Rule">The rule that refused, by its name in the code.</param>
/// <param name="Code">An e-RS error code, such as INVALID_REQUEST_STATE or NO_RELATIONSHIP.</param>
/// <param name="Message">For the caller; holds no patient data.</param>
/// <param name="Pointer">JSON Pointer to the value at fault; empty for the whole request.</param>
public sealed record Refusal(string Rule, string Code, string Message, string Pointer = "");
