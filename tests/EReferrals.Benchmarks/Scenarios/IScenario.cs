namespace EReferrals.Benchmarks.Scenarios;

internal interface IScenario
{
    string Name { get; }

    Task MeasureAsync(Bench bench);
}
