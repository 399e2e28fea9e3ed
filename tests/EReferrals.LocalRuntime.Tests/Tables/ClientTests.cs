using System.Net;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace EReferrals.LocalRuntime.Tests.Tables;

/// <summary>What the client does with requests and answers that no emulator gives on demand.</summary>
public sealed class ClientTests
{
    private const string Key = "c2VjcmV0";
    private const string Connection = $"DefaultEndpointsProtocol=https;AccountName=acc;AccountKey={Key};TableEndpoint=https://tables.example/acc;";

    private static readonly TableEntity Some = new("p", "r");

    [Fact]
    public async Task A_request_is_signed_over_its_date_and_its_path_as_sent()
    {
        var server = new ScriptedServer(HttpStatusCode.NoContent);

        await server.Table().UpsertEntityAsync(new TableEntity("it's", "ü %"));

        var request = Assert.Single(server.Requests);
        var toSign = $"{request.Date}\n/acc{request.Address.AbsolutePath}";
        Assert.Equal("/acc/Table(PartitionKey='it%27%27s',RowKey='%C3%BC%20%25')", request.Address.AbsolutePath);
        Assert.Equal(
            "SharedKeyLite acc:" + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Key), Encoding.UTF8.GetBytes(toSign))), request.Authorization);
    }

    [Fact]
    public async Task A_failing_service_is_asked_three_times_more_and_each_time_signed_anew()
    {
        var server = new ScriptedServer(HttpStatusCode.ServiceUnavailable, HttpStatusCode.InternalServerError, HttpStatusCode.TooManyRequests, HttpStatusCode.NoContent);

        var response = await server.Table().AddEntityAsync(Some);

        Assert.Equal(204, response.Status);
        Assert.Equal(4, server.Requests.Count);
        Assert.All(server.Requests, request => Assert.Contains("PartitionKey", request.Body, StringComparison.Ordinal));
        Assert.Single(server.Requests.Select(request => request.ClientRequestId).Distinct());
    }

    [Fact]
    public async Task A_service_that_stays_away_is_an_error_after_four_attempts()
    {
        var server = new ScriptedServer(HttpStatusCode.ServiceUnavailable);

        var failed = await Assert.ThrowsAsync<RequestFailedException>(() => server.Table().AddEntityAsync(Some));

        Assert.Equal(503, failed.Status);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.Accepted)]
    [InlineData(HttpStatusCode.Redirect)]
    public async Task An_answer_that_the_protocol_does_not_have_is_not_taken_for_success(HttpStatusCode status) =>
        await Assert.ThrowsAsync<RequestFailedException>(() => new ScriptedServer(status).Table().AddEntityAsync(Some));

    [Theory]
    [InlineData("")]
    [InlineData("<html>proxy error</html>")]
    [InlineData("{}")]
    [InlineData("{\"odata.error\":{}}")]
    [InlineData("[]")]
    public async Task An_error_that_cannot_be_read_still_has_its_status(string body)
    {
        var failed = await Assert.ThrowsAsync<RequestFailedException>(() => new ScriptedServer(HttpStatusCode.Conflict) { Body = body }.Table().AddEntityAsync(Some));

        Assert.Equal(409, failed.Status);
    }

    [Fact]
    public async Task An_error_has_the_code_and_message_of_its_body()
    {
        var server = new ScriptedServer(HttpStatusCode.PreconditionFailed)
        {
            Body = """{"odata.error":{"code":"UpdateConditionNotSatisfied","message":{"lang":"en-US","value":"The condition was not met."}}}""",
        };

        var failed = await Assert.ThrowsAsync<RequestFailedException>(() => server.Table().UpdateEntityAsync(Some, new ETag("\"1\"")));

        Assert.Equal(TableErrorCode.UpdateConditionNotSatisfied, failed.ErrorCode);
        Assert.Contains("The condition was not met.", failed.Message, StringComparison.Ordinal);
        Assert.Equal("\"1\"", Assert.Single(server.Requests).IfMatch);
    }

    [Fact]
    public async Task A_conflict_that_is_not_an_existing_table_is_not_an_existing_table()
    {
        var server = new ScriptedServer(HttpStatusCode.Conflict)
        {
            Body = """{"odata.error":{"code":"TableBeingDeleted","message":{"lang":"en-US","value":"Try again."}}}""",
        };

        var failed = await Assert.ThrowsAsync<RequestFailedException>(() => server.Table().CreateIfNotExistsAsync());

        Assert.Equal(TableErrorCode.TableBeingDeleted, failed.ErrorCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--batchresponse_1\r\n--changesetresponse_1\r\n\r\nHTTP/1.1 204 No Content\r\nETag: \"1\"\r\n\r\n\r\n--changesetresponse_1--\r\n")]
    [InlineData("no multipart at all")]
    public async Task A_transaction_with_fewer_answers_than_changes_is_an_error(string body)
    {
        var server = new ScriptedServer(HttpStatusCode.Accepted) { Body = body };

        await Assert.ThrowsAsync<RequestFailedException>(() => server.Table().SubmitTransactionAsync(TwoAdds()));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    public async Task A_transaction_answer_is_read_with_either_line_ending(string end)
    {
        string[] lines =
        [
            "--batchresponse_1", "Content-Type: multipart/mixed; boundary=changesetresponse_1", "", "--changesetresponse_1", "Content-Type: application/http", "",
            "HTTP/1.1 204 No Content", "ETag: W/\"datetime'2026%3A1'\"", "", "--changesetresponse_1", "Content-Type: application/http", "",
            "HTTP/1.1 201 Created", "ETag: W/\"two\"", "", "{\"PartitionKey\":\"p\"}", "--changesetresponse_1--", "--batchresponse_1--", "",
        ];
        var server = new ScriptedServer(HttpStatusCode.Accepted) { Body = string.Join(end, lines) };

        var result = await server.Table().SubmitTransactionAsync(TwoAdds());

        Assert.Equal([204, 201], result.Value.Select(answer => answer.Status));
        Assert.Equal([new ETag("W/\"datetime'2026%3A1'\""), new ETag("W/\"two\"")], result.Value.Select(answer => answer.Headers.ETag!.Value));
    }

    [Fact]
    public async Task A_failed_transaction_tells_which_change_failed()
    {
        var server = new ScriptedServer(HttpStatusCode.Accepted)
        {
            Body = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\n\r\n"
                + """{"odata.error":{"code":"EntityAlreadyExists","message":{"lang":"en-US","value":"1:The specified entity already exists.\nRequestId:x"}}}"""
                + "\r\n--c--\r\n--b--\r\n",
        };

        var failed = await Assert.ThrowsAsync<TableTransactionFailedException>(() => server.Table().SubmitTransactionAsync(TwoAdds()));

        Assert.Equal((409, "EntityAlreadyExists", 1), (failed.Status, failed.ErrorCode, failed.FailedTransactionActionIndex));
    }

    [Fact]
    public async Task A_page_without_rows_continues()
    {
        var server = new ScriptedServer(HttpStatusCode.OK) { Body = """{"odata.metadata":"m","value":[]}""", NextPartitionKeys = new(["1!4!cA--"]) };

        var count = 0;
        await foreach (var _ in server.Table().QueryAsync<TableEntity>()) count++;

        Assert.Equal(0, count);
        Assert.Equal(["", "?NextPartitionKey=1%214%21cA--"], server.Requests.Select(request => request.Address.Query));
    }

    [Fact]
    public async Task A_token_credential_is_asked_for_storage_and_sent_as_bearer()
    {
        var server = new ScriptedServer(HttpStatusCode.NoContent);
        var table = new TableServiceClient(new Uri("https://acc.table.core.windows.net"), new FixedToken(), server.Options()).GetTableClient("Table");

        await table.AddEntityAsync(Some);

        Assert.Equal("acc", table.AccountName);
        Assert.Equal("Bearer token-for-https://storage.azure.com/.default", Assert.Single(server.Requests).Authorization);
    }

    [Theory]
    [InlineData("UseDevelopmentStorage=true", "devstoreaccount1", "http://127.0.0.1:10002/devstoreaccount1/Table")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=" + Key + ";EndpointSuffix=core.windows.net", "acc", "https://acc.table.core.windows.net/Table")]
    [InlineData(Connection, "acc", "https://tables.example/acc/Table")]
    public void Connection_strings_name_account_and_address(string connection, string account, string address)
    {
        var table = new TableClient(connection, "Table");

        Assert.Equal((account, new Uri(address), "Table"), (table.AccountName, table.Uri, table.Name));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("AccountName=acc")]
    [InlineData("AccountName=a;AccountName=b;AccountKey=" + Key)]
    public void A_broken_connection_string_is_an_error(string connection) => Assert.Throws<FormatException>(() => new TableServiceClient(connection));

    private static TableTransactionAction[] TwoAdds() =>
        [new(TableTransactionActionType.Add, new TableEntity("p", "1")), new(TableTransactionActionType.Add, new TableEntity("p", "2"))];

    private sealed record Seen(Uri Address, string? Authorization, string? Date, string? IfMatch, string? ClientRequestId, string Body);

    /// <summary>Answers with the given statuses in turn, the last one for ever.</summary>
    private sealed class ScriptedServer(params HttpStatusCode[] statuses) : HttpMessageHandler
    {
        public string Body { get; init; } = "";

        public Queue<string> NextPartitionKeys { get; init; } = [];

        public List<Seen> Requests { get; } = [];

        public TableClientOptions Options() => new()
        {
            Transport = new HttpClientTransport(new HttpClient(this, disposeHandler: false)),
            Retry = { Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(1) },
        };

        public TableClient Table() => new(Connection, "Table", Options());

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add(new(
                request.RequestUri!, Header("Authorization"), Header("x-ms-date"), Header("If-Match"), Header("x-ms-client-request-id"),
                request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken)));
            var response = new HttpResponseMessage(statuses[Math.Min(Requests.Count, statuses.Length) - 1]) { Content = new StringContent(Body) };
            if (NextPartitionKeys.TryDequeue(out var next)) response.Headers.Add("x-ms-continuation-NextPartitionKey", next);
            return response;

            string? Header(string name) => request.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
        }
    }

    private sealed class FixedToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new("token-for-" + requestContext.Scopes[0], DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
