using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Data.Tables.Models;

namespace Azure.Data.Tables;

/// <summary>An entity group transaction: one multipart request, one answer for each change, or one for the change that failed.</summary>
internal static class EntityTransaction
{
    private const int MaxChanges = 100;
    private const int MaxBytes = 4 * 1024 * 1024;

    public static (string ContentType, byte[] Content) Write(TableEndpoint endpoint, string table, List<TableTransactionAction> actions)
    {
        if (actions.Count == 0) throw new InvalidOperationException("A transaction needs at least one action.");
        if (actions.Count > MaxChanges) throw Failed(MaxChanges - 1, EntityRules.Refused(TableErrorCode.InvalidInput, "A transaction has at most 100 changes."));

        var (batch, changes) = ($"batch_{Guid.NewGuid()}", $"changeset_{Guid.NewGuid()}");
        var buffer = new ArrayBufferWriter<byte>(1024 * actions.Count);
        Text(buffer, $"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n");
        var rowKeys = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < actions.Count; index++)
        {
            var change = Checked(endpoint, table, actions, index, rowKeys);
            Text(buffer, $"--{changes}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n");
            Text(buffer, $"{change.Method} {change.Address} HTTP/1.1\r\nAccept: {TableEndpoint.JsonMinimal}\r\nDataServiceVersion: 3.0\r\n");
            if (change.IfMatch is not null) Text(buffer, $"If-Match: {change.IfMatch}\r\n");
            if (change.ReturnNoContent) Text(buffer, "Prefer: return-no-content\r\n");
            if (change.Json is not null)
            {
                Text(buffer, "Content-Type: application/json\r\n\r\n");
                buffer.Write(change.Json);
            }

            Text(buffer, "\r\n");
        }

        Text(buffer, $"--{changes}--\r\n--{batch}--\r\n");
        if (buffer.WrittenCount > MaxBytes)
        {
            throw Failed(null, EntityRules.Refused(TableErrorCode.ContentLengthExceeded, "A transaction has at most 4 MiB.", status: 413));
        }

        return ($"multipart/mixed; boundary={batch}", buffer.WrittenSpan.ToArray());
    }

    /// <summary>
    /// One answer for each action, in order. An answer that cannot be matched to the actions is an error: it is better not to know
    /// that a transaction committed than to believe that it did.
    /// </summary>
    public static IReadOnlyList<Response> Read(Response response, int actions)
    {
        var answers = Answers(response);
        if (answers.Find(answer => answer.Status is < 200 or >= 300) is { } failure)
        {
            var error = new RequestFailedException(failure.Status, Message(failure, out var code, out var index), code, null);
            throw Failed(index, error);
        }

        return answers.Count == actions
            ? answers
            : throw new RequestFailedException(
                response.Status, $"A transaction of {actions} changes got {answers.Count} answers; whether it committed is unknown.");
    }

    private static EntityChange Checked(
        TableEndpoint endpoint, string table, List<TableTransactionAction> actions, int index, HashSet<string> rowKeys)
    {
        var entity = actions[index].Entity;
        ArgumentNullException.ThrowIfNull(entity);
        // Azurite cuts a transaction's addresses at these two characters, and would write another entity than was meant.
        if (actions[index].ActionType != TableTransactionActionType.Add && (Cut(entity.PartitionKey) || Cut(entity.RowKey)))
        {
            throw new NotSupportedException("A key with \"',\" in it can be added in a transaction, and otherwise only be written alone.");
        }

        try
        {
            var change = EntityChange.Of(endpoint, table, actions[index]);
            if (entity.PartitionKey != actions[0].Entity.PartitionKey)
            {
                throw EntityRules.Refused(TableErrorCode.CommandsInBatchActOnDifferentPartitions, "A transaction stays within one partition.");
            }

            return rowKeys.Add(entity.RowKey)
                ? change
                : throw EntityRules.Refused(TableErrorCode.InvalidDuplicateRow, "A transaction changes an entity once.");
        }
        catch (RequestFailedException refused)
        {
            throw Failed(index, refused);
        }
    }

    private static bool Cut(string? key) => key?.Contains("',", StringComparison.Ordinal) ?? false;

    private static TableTransactionFailedException Failed(int? index, RequestFailedException error)
    {
        if (index is not null) error.Data[TableTransactionFailedException.FailedIndexKey] = index;
        return new TableTransactionFailedException(error);
    }

    // An answer starts at a line "HTTP/1.1 ..."; no line of a JSON body can look like it, nor like a boundary.
    private static List<ChangeResponse> Answers(Response response)
    {
        var answers = new List<ChangeResponse>();
        ChangeResponse? current = null;
        StringBuilder? body = null;
        foreach (var line in response.Content.ToString().AsSpan().EnumerateLines())
        {
            if (line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
            {
                End();
                var status = int.Parse(line.Slice(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);
                current = new ChangeResponse(status, line.Length > 13 ? line[13..].ToString() : "", response.ClientRequestId);
                body = null;
            }
            else if (line.StartsWith("--", StringComparison.Ordinal))
            {
                End();
            }
            else if (current is not null && body is null)
            {
                var colon = line.IndexOf(':');
                if (line.IsEmpty) body = new StringBuilder();
                else if (colon > 0) current.Add(line[..colon].ToString(), line[(colon + 1)..].Trim().ToString());
            }
            else
            {
                body?.Append(line).Append('\n');
            }
        }

        End();
        return answers;

        void End()
        {
            if (current is null) return;
            if (body is { Length: > 0 }) current.SetBody(body.ToString());
            answers.Add(current);
            current = null;
        }
    }

    private static string Message(ChangeResponse failure, out string? code, out int? index)
    {
        (code, index) = (null, null);
        var message = failure.ReasonPhrase;
        if (TableErrorParser.Parse(failure) is { } error)
        {
            (code, message) = (error.Code, error.Message ?? message);
            // "2:The specified entity already exists."
            var colon = message.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && int.TryParse(message.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) index = number;
        }

        return $"{message}\nStatus: {failure.Status} ({failure.ReasonPhrase})\nErrorCode: {code}";
    }

    private static void Text(ArrayBufferWriter<byte> buffer, string text) => Encoding.UTF8.GetBytes(text, buffer);
}
