namespace EReferrals.Referrals;

/// <summary>The result of a command: the next version of the referral and its event, or a refusal.</summary>
public abstract record Decision
{
    private Decision()
    {
    }

    public sealed record Changed(Referral After, ReferralEvent Event) : Decision;

    /// <summary>All reasons for the refusal; at least one.</summary>
    public sealed record Refused(params IReadOnlyList<Refusal> Refusals) : Decision
    {
        public Refusal Refusal => Refusals[0];
    }
}

/// <param name="Rule">The name of the rule that refused the command.</param>
/// <param name="Code">An e-RS error code, such as INVALID_REQUEST_STATE or NO_RELATIONSHIP.</param>
/// <param name="Message">Text for the caller. Contains no patient data.</param>
/// <param name="Pointer">JSON Pointer to the wrong value; empty for the whole request.</param>
public sealed record Refusal(string Rule, string Code, string Message, string Pointer = "");
