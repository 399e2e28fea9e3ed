namespace EReferrals.Confirmations;

/// <summary>The turn of one request to carry a confirmed action out. Only one request at a time has it.</summary>
/// <param name="Until">When another request may have the turn, because this one must have stopped.</param>
public sealed record ConfirmationTurn(Guid Id, DateTimeOffset Until)
{
    /// <summary>Longer than any request runs.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
}
