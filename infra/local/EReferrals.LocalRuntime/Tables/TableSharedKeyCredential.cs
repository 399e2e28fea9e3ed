#nullable disable

namespace Azure.Data.Tables;

public class TableSharedKeyCredential
{
    private volatile byte[] _accountKey;

    public TableSharedKeyCredential(string accountName, string accountKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(accountName);
        AccountName = accountName;
        SetAccountKey(accountKey);
    }

    public string AccountName { get; }

    internal byte[] AccountKey => _accountKey;

    public void SetAccountKey(string accountKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(accountKey);
        _accountKey = Convert.FromBase64String(accountKey);
    }
}
