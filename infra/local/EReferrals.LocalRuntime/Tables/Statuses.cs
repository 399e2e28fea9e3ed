using Azure.Core;

namespace Azure.Data.Tables;

/// <summary>The answers that an operation takes for an answer; any other is an exception.</summary>
internal static class Statuses
{
    public static StatusCodeClassifier Ok { get; } = new([200]);

    public static StatusCodeClassifier OkOrMissing { get; } = new([200, 404]);

    public static StatusCodeClassifier Created { get; } = new([201, 204]);

    public static StatusCodeClassifier CreatedOrConflict { get; } = new([201, 204, 409]);

    public static StatusCodeClassifier NoContent { get; } = new([204]);

    public static StatusCodeClassifier NoContentOrMissing { get; } = new([204, 404]);

    public static StatusCodeClassifier Accepted { get; } = new([202]);
}
