using System.Text;

namespace EReferrals.ApiDocs;

/// <summary>The files of this folder that are built in.</summary>
internal static class Resource
{
    public static byte[] Bytes(string name)
    {
        using var resource = typeof(Resource).Assembly.GetManifestResourceStream($"{typeof(Resource).Namespace}.{name}")
            ?? throw new InvalidOperationException($"{name} is not built in.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }

    public static string Text(string name) => Encoding.UTF8.GetString(Bytes(name));
}
