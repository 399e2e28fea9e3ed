using System.Diagnostics;
using System.Reflection;
using EReferrals.Benchmarks;

/// <summary>
/// Runs in the measured app before its Main (DOTNET_STARTUP_HOOKS) and counts its requests to the storage accounts. The name, the place
/// outside a namespace and the method are the runtime's rule.
/// </summary>
#pragma warning disable CA1050 // see above
internal static class StartupHook
{
    public const string FileVariable = "BENCHMARK_STORAGE_CALLS";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is not { } file) return;
        DiagnosticListener.AllListeners.Subscribe(new Listeners(new Requests(StorageCalls.Open(file))));
    }

    private sealed class Listeners(Requests requests) : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "HttpHandlerDiagnosticListener") value.Subscribe(requests, (name, _, _) => name.StartsWith("System.Net.Http.HttpRequestOut", StringComparison.Ordinal));
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

    private sealed class Requests(StorageCalls calls) : IObserver<KeyValuePair<string, object?>>
    {
        private PropertyInfo? _request;
        private PropertyInfo? _response;

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Key != "System.Net.Http.HttpRequestOut.Stop" || value.Value is not { } stopped) return;
            var request = (HttpRequestMessage?)(_request ??= stopped.GetType().GetProperty("Request")!).GetValue(stopped);
            var response = (HttpResponseMessage?)(_response ??= stopped.GetType().GetProperty("Response")!).GetValue(stopped);
            if (request?.RequestUri is not { } address || KindOf(request.Method, address) is not { } kind) return;
            calls.Add(kind, request.Content?.Headers.ContentLength ?? 0, response?.Content.Headers.ContentLength ?? 0);
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        // The addresses of the Table and Blob services; whatever else the app asks (the token issuer) is none of them.
        private static StorageCall? KindOf(HttpMethod method, Uri address)
        {
            var path = address.AbsolutePath;
            if (path.EndsWith("$batch", StringComparison.Ordinal)) return StorageCall.Transaction;
            if (path.Contains("(PartitionKey=", StringComparison.Ordinal)) return method == HttpMethod.Get ? StorageCall.PointRead : StorageCall.Write;
            if (path.EndsWith("()", StringComparison.Ordinal)) return StorageCall.Query;
            if (address.Query.Contains("comp=appendblock", StringComparison.Ordinal)) return StorageCall.BlobAppend;
            if (path.Contains("/audit/", StringComparison.Ordinal) || path.Contains("/attachments/", StringComparison.Ordinal) || path.Contains("/quarantine/", StringComparison.Ordinal)
                || path.Contains("/snapshots/", StringComparison.Ordinal) || path.Contains("/packs/", StringComparison.Ordinal))
            {
                return method == HttpMethod.Get || method == HttpMethod.Head ? StorageCall.BlobRead : StorageCall.BlobWrite;
            }

            return method == HttpMethod.Post && path.Contains("devstoreaccount1/", StringComparison.Ordinal) ? StorageCall.Write : null;
        }
    }
}
