using Microsoft.Extensions.Hosting;

namespace EReferrals.Tests.Policy;

public class BackgroundServiceTests
{
    [Fact]
    public void Every_background_service_is_registered_to_run()
    {
        var product = Path.Combine(Repository.Root, "functions", "EReferrals");
        var registrations = string.Concat(System.IO.Directory.GetFiles(product, "*Registration.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var services = typeof(Settings).Assembly.GetTypes().Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(IHostedService)))
            .ToArray();

        Assert.NotEmpty(services);
        Assert.All(services, service => Assert.Contains($".AddHostedSingleton<{service.Name}>()", registrations, StringComparison.Ordinal));
    }
}
