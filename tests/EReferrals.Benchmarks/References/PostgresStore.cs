using Npgsql;

namespace EReferrals.Benchmarks.References;

/// <summary>Stores each request with one INSERT.</summary>
internal sealed class PostgresStore : IAcceptStore
{
    private readonly NpgsqlDataSource _source;

    private PostgresStore(NpgsqlDataSource source, string commit) => (_source, Commit) = (source, commit);

    public string Commit { get; }

    public static async Task<PostgresStore> OpenAsync(string connection)
    {
        var source = NpgsqlDataSource.Create(connection);
        await using (var create = source.CreateCommand("CREATE TABLE benchmark_submission (id bigserial PRIMARY KEY, body bytea NOT NULL)"))
        {
            await create.ExecuteNonQueryAsync();
        }

        await using var show = source.CreateCommand(
            "SELECT 'fsync=' || current_setting('fsync') || ', synchronous_commit=' || current_setting('synchronous_commit')");
        return new PostgresStore(source, $"PostgreSQL, one INSERT per request, {await show.ExecuteScalarAsync()}");
    }

    public async Task SaveAsync(byte[] body)
    {
        await using var insert = _source.CreateCommand("INSERT INTO benchmark_submission (body) VALUES ($1)");
        insert.Parameters.Add(new NpgsqlParameter { Value = body });
        await insert.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
