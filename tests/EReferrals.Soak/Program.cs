using EReferrals.Soak;

// dotnet run -c Release --project tests/EReferrals.Soak [-- --minutes 3] [--seed 1]
// Runs the real system under load while every part and dependency is stopped, frozen, slowed and killed. Then checks every 202, every successful command and
// every unknown outcome. Exits with 1 when anything is lost, doubled, invisible or dead-lettered, or when a process outlives the one that started it.
if (Environment.GetEnvironmentVariable(SoakWorker.ClockVariable) is { } clock)
{
    SoakWorker.Run(clock);
    return 0;
}

if (args is [SoakHost.Argument, var folder]) return await SoakHost.ServeAsync(folder);

var options = SoakOptions.Read(args);
if (options is null)
{
    Console.Error.WriteLine("Usage: [--minutes N] (from 0.5; default 3) [--seed N]");
    return 2;
}

var state = Directory.CreateTempSubdirectory("ereferrals-soak-").FullName;
Console.WriteLine($"Soaking for {options.Time.TotalMinutes:0.#} min, seed {options.Seed}, state and log of the app in {state}");
var report = new SoakReport();
await using (var app = await SoakApp.StartAsync(state))
using (var work = new CancellationTokenSource())
{
    var ledger = new Ledger();
    using var hospitals = new Hospitals(app, ledger);
    var load = Load.Start(app, hospitals, ledger, work.Token);
    await new FaultSequence(app, report, options.Seed).InjectAsync(options.Time);
    await work.CancelAsync();
    Console.WriteLine("The load has ended. Waiting for running work.");
    await load;
    await new FinalCheck(app, hospitals, ledger, report).CheckAsync();
    report.Must("processes that outlived a killed host", app.Orphans);
}

report.Must("processes that outlived a stopped host", OwnProcesses.Naming(state));
report.Print();
if (report.IsGood) Directory.Delete(state, recursive: true);
return report.IsGood ? 0 : 1;
