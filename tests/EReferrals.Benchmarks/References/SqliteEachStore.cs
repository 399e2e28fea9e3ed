using Microsoft.Data.Sqlite;

namespace EReferrals.Benchmarks.References;

/// <summary>"Just insert it": one SQLite transaction per request.</summary>
internal sealed class SqliteEachStore : IAcceptStore
{
    private readonly SemaphoreSlim _one = new(1);
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;

    public SqliteEachStore(string folder)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "each.db"), Pooling = false }.ToString());
        _connection.Open();
        using var create = _connection.CreateCommand();
        create.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE submission (id INTEGER PRIMARY KEY, body BLOB NOT NULL)";
        create.ExecuteNonQuery();
        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO submission (body) VALUES ($body)";
        _insert.Parameters.Add("$body", SqliteType.Blob);
    }

    public string Commit => "SQLite, WAL, synchronous=FULL, one transaction per request";

    public async Task SaveAsync(byte[] body)
    {
        await _one.WaitAsync();
        try
        {
            _insert.Parameters[0].Value = body;
            _insert.ExecuteNonQuery();
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _insert.DisposeAsync();
        await _connection.DisposeAsync();
        _one.Dispose();
    }
}
