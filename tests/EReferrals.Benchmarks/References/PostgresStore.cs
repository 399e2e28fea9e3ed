using Npgsql;

namespace EReferrals.Benchmarks.References;

/// <summary>One INSERT a request into the PostgreSQL that <c>BENCHMARK_POSTGRES</c> (a connection string) names, else the one on this machine.</summary>
internal sealed class PostgresStore : IAcceptStore
{
    private readonly NpgsqlDataSource _source;

    private PostgresStore(NpgsqlDataSource source, string commit) => (_source, Commit) = (source, commit);

    public string Commit { get; }

    public static async Task<PostgresStore> OpenAsync()
    {
        var connection = Environment.GetEnvironmentVariable("BENCHMARK_POSTGRES") ?? "Host=/var/run/postgresql;Username=postgres;Database=postgres;Maximum Pool Size=20";
        var source = NpgsqlDataSource.Create(connection);
        await using (var create = source.CreateCommand("DROP TABLE IF EXISTS benchmark_submission; CREATE TABLE benchmark_submission (id bigserial PRIMARY KEY, body bytea NOT NULL)"))
        {
            await create.ExecuteNonQueryAsync();
        }

        await using var show = source.CreateCommand("SELECT 'fsync=' || current_setting('fsync') || ', synchronous_commit=' || current_setting('synchronous_commit')");
        return new PostgresStore(source, $"PostgreSQL, one INSERT a request, {await show.ExecuteScalarAsync()}");
    }

    public async Task SaveAsync(byte[] body)
    {
        await using var insert = _source.CreateCommand("INSERT INTO benchmark_submission (body) VALUES ($1)");
        insert.Parameters.Add(new NpgsqlParameter { Value = body });
        await insert.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await using (var drop = _source.CreateCommand("DROP TABLE IF EXISTS benchmark_submission")) await drop.ExecuteNonQueryAsync();
        await _source.DisposeAsync();
    }
}
