using System.Text.Json.Serialization.Metadata;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// The small documents that all instances share. They are in the contingency account, so that they are available while the tables are down.
/// </summary>
public sealed class SharedDocuments(StorageClients storage)
{
    /// <param name="empty">The value before the document is first written.</param>
    public SharedDocument<T> Open<T>(string name, JsonTypeInfo<T> type, T empty) where T : class =>
        new(storage.ContingencyContainer(Containers.Operations).GetBlobClient(name), type, empty);
}
