#nullable disable

namespace Azure.Data.Tables;

#pragma warning disable CA1032 // the official type has only this constructor and the obsolete serialization one
public class TableTransactionFailedException : RequestFailedException
#pragma warning restore CA1032
{
    internal const string FailedIndexKey = "FailedEntity";

    public TableTransactionFailedException(RequestFailedException requestFailedException)
        : base(requestFailedException.Status, requestFailedException.Message, requestFailedException.ErrorCode, requestFailedException.InnerException)
    {
        if (requestFailedException.Data[FailedIndexKey] is int index) FailedTransactionActionIndex = index;
    }

    public int? FailedTransactionActionIndex { get; }
}
