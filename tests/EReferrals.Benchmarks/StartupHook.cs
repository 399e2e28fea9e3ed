using System.Diagnostics;
using System.Reflection;
using System.Text;
using EReferrals.Benchmarks;

/// <summary>
/// Runs in every process of the measured system before its Main (DOTNET_STARTUP_HOOKS). In the app it logs the requests to the storage accounts. The runtime
/// prescribes the class name, the global namespace and the method.
/// </summary>
#pragma warning disable CA1050 // see above
internal static class StartupHook
{
    public const string FileVariable = "BENCHMARK_STORAGE_CALLS";

    private const string Product = "EReferrals";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is not { } file || Assembly.GetEntryAssembly()?.GetName().Name != Product) return;
        // Only the names of the product's activities are needed. They tell which function made a request.
        ActivitySource.AddActivityListener(new ActivityListener
        {
            ShouldListenTo = source => source.Name == Product,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
        });
        DiagnosticListener.AllListeners.Subscribe(new Listeners(new Requests(file)));
    }

    private sealed class Listeners(Requests requests) : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "HttpHandlerDiagnosticListener")
            {
                value.Subscribe(requests, (name, _, _) => name.StartsWith("System.Net.Http.HttpRequestOut", StringComparison.Ordinal));
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

#pragma warning disable CA1001 // the log is open as long as the process runs
    private sealed class Requests(string file) : IObserver<KeyValuePair<string, object?>>
    {
        private readonly Lock _gate = new();
        private readonly FileStream _log = new(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        private PropertyInfo? _request;
        private PropertyInfo? _response;

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Key != "System.Net.Http.HttpRequestOut.Stop" || value.Value is not { } stopped) return;
            var request = (HttpRequestMessage?)(_request ??= stopped.GetType().GetProperty("Request")!).GetValue(stopped);
            var response = (HttpResponseMessage?)(_response ??= stopped.GetType().GetProperty("Response")!).GetValue(stopped);
            if (request?.RequestUri is not { } address || KindOf(request.Method, address) is not { } kind) return;
            var work = Work();
            var call = new StorageCall(
                work?.OperationName ?? "", work?.SpanId.ToString() ?? "", kind, SubjectOf(address), request.Content?.Headers.ContentLength ?? 0, Received: 0);
            // The response to HEAD has a Content-Length but no body.
            if (response is null || request.Method == HttpMethod.Head) Add(call);
            else if (response.Content.Headers.ContentLength is { } length) Add(call with { Received = length });
            // The Table service sends chunked responses, so that the length is known only after reading.
            else response.Content = new CountedContent(response.Content, read => Add(call with { Received = read }));
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        private void Add(StorageCall call)
        {
            var line = Encoding.UTF8.GetBytes(call.ToLine());
            lock (_gate) _log.Write(line);
        }

        private static Activity? Work()
        {
            var activity = Activity.Current;
            while (activity is not null && activity.Source.Name != Product) activity = activity.Parent;
            return activity;
        }

        // The addresses of the Table and Blob services. Excludes other requests of the app, such as those to the token issuer.
        private static StorageCallKind? KindOf(HttpMethod method, Uri address)
        {
            var path = address.AbsolutePath;
            if (path.EndsWith("$batch", StringComparison.Ordinal)) return StorageCallKind.Transaction;
            if (path.Contains("(PartitionKey=", StringComparison.Ordinal)) return method == HttpMethod.Get ? StorageCallKind.PointRead : StorageCallKind.Write;
            if (path.EndsWith("()", StringComparison.Ordinal)) return StorageCallKind.Query;
            if (address.Query.Contains("comp=appendblock", StringComparison.Ordinal)) return StorageCallKind.BlobAppend;
            if (path.Contains("/audit/", StringComparison.Ordinal)
                || path.Contains("/attachments/", StringComparison.Ordinal)
                || path.Contains("/quarantine/", StringComparison.Ordinal)
                || path.Contains("/snapshots/", StringComparison.Ordinal) || path.Contains("/packs/", StringComparison.Ordinal))
            {
                return method == HttpMethod.Get || method == HttpMethod.Head ? StorageCallKind.BlobRead : StorageCallKind.BlobWrite;
            }

            return method == HttpMethod.Post && path.Contains("devstoreaccount1/", StringComparison.Ordinal) ? StorageCallKind.Write : null;
        }

        private static string SubjectOf(Uri address)
        {
            var path = Uri.UnescapeDataString(address.AbsolutePath);
            if (path.Contains("(PartitionKey='", StringComparison.Ordinal)) return Between(path, "(PartitionKey='");
            if (path.EndsWith("()", StringComparison.Ordinal)) return Between(Uri.UnescapeDataString(address.Query), "PartitionKey eq '");
            // In an emulator's paths the account name is the first segment.
            var container = path.IndexOf('/', 1) + 1;
            return path.EndsWith("$batch", StringComparison.Ordinal) ? "" : path[container..];
        }

        private static string Between(string text, string before)
        {
            var begin = text.IndexOf(before, StringComparison.Ordinal);
            if (begin < 0) return "";
            begin += before.Length;
            var end = text.IndexOf('\'', begin);
            return end < 0 ? text[begin..] : text[begin..end];
        }
    }
}
