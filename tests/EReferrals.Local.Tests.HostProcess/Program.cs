using EReferrals.Local.FunctionsHost;

// Arguments: the directory of the function app, its assembly, then settings as NAME=VALUE. Prints "ready ADDRESS WORKER" and runs until its standard input
// closes.
var settings = args[2..].Select(setting => setting.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
await using var host = await FunctionsHost.StartAsync(new FunctionsHostOptions
{
    ApplicationDirectory = args[0],
    WorkerAssembly = args[1],
    Settings = settings,
    Timers = false,
    Log = line => Console.Error.WriteLine(line),
});
await host.LoadedAsync();
Console.WriteLine($"ready {host.HttpAddress} {host.WorkerProcessId}");
while (Console.ReadLine() is not null)
{
}
