using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Operations;

/// <summary>One running app with the limits and approvals of a deployed service, and a clock that tests move forward.</summary>
public sealed class StrictApp : IAsyncLifetime
{
    public ShiftedClock Clock { get; } = new();

    public RunningApp App { get; private set; } = null!;

    public async Task InitializeAsync() => App = await RunningApp.StartAsync(
        builder => builder.Services.AddSingleton<TimeProvider>(Clock),
        state: null,
        "--Local:Timers=false",
        "--Ers:PollsPerServiceAndDay=2",
        "--Ers:PublicAddress=https://ers.example.org/",
        "--Security:Contact=mailto:security@example.org",
        "--Security:ContactExpires=2027-06-30T00:00:00Z",
        "--Operations:SecondOperator=required",
        // The organisations of the seed.
        "--Directory:TrustedOrganisations=R69,RCD");

    public async Task DisposeAsync() => await App.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class UsesStrictApp : ICollectionFixture<StrictApp>
{
    public const string Name = "strict app";
}
