namespace EReferrals.Referrals;

/// <summary>Everything that somebody can ask of a referral that exists.</summary>
public abstract record Command
{
    private Command()
    {
    }

    /// <summary>The provider keeps the referral and will arrange what follows.</summary>
    public sealed record Accept(string? Comments = null, Priority? Priority = null) : Command;

    /// <summary>The provider sends it back with advice.</summary>
    public sealed record Return(string Comments) : Command;
}
