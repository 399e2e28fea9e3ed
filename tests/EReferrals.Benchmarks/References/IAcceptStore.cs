namespace EReferrals.Benchmarks.References;

/// <summary>Stores a submission of a reference design before the 202 response.</summary>
internal interface IAcceptStore : IAsyncDisposable
{
    /// <summary>Describes the durability of the store, for the table of results.</summary>
    string Commit { get; }

    Task SaveAsync(byte[] body);
}
