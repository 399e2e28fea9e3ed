using System.Text;

namespace Azure.Data.Tables;

/// <summary>An address with a query; values are escaped, absent ones left out.</summary>
internal sealed class QueryText(string address)
{
    private readonly StringBuilder _text = new(address);
    private char _separator = '?';

    public void Add(string name, string? value)
    {
        if (value is null) return;
        _text.Append(_separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        _separator = '&';
    }

    public override string ToString() => _text.ToString();
}
