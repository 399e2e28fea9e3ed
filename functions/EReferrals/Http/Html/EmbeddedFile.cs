using System.Reflection;
using System.Text;

namespace EReferrals.Http.Html;

/// <summary>A file that is built into the app, in the folder of the class that asks for it.</summary>
internal static class EmbeddedFile
{
    /// <exception cref="InvalidOperationException">The file is not built in.</exception>
    public static byte[] Bytes(Type neighbour, string name) => Bytes(neighbour.Assembly, $"{neighbour.Namespace}.{name}");

    /// <param name="name">The whole name of the resource.</param>
    /// <exception cref="InvalidOperationException">The file is not built in.</exception>
    public static byte[] Bytes(Assembly assembly, string name)
    {
        using var resource = assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not built into the app. Add it to EmbeddedResource in EReferrals.csproj.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }

    /// <exception cref="InvalidOperationException">The file is not built in.</exception>
    public static string Text(Type neighbour, string name) => Encoding.UTF8.GetString(Bytes(neighbour, name));
}
