namespace EReferrals.Benchmarks.References;

/// <summary>Where a reference design puts a submission before it answers 202.</summary>
internal interface IAcceptStore : IAsyncDisposable
{
    /// <summary>What it does for durability, for the table of results.</summary>
    string Commit { get; }

    Task SaveAsync(byte[] body);
}
