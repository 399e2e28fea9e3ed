using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using EReferrals.Operations;
using EReferrals.Overload;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Tests.Capacity;

public sealed partial class CapacityTests
{
    private static readonly string Document = Path.Combine(Repository.Root, "infra", "CAPACITY.md");

    [Fact]
    public void The_capacity_document_has_the_figures_of_the_model()
    {
        var computed = CapacityDocument.Text();
        if (Environment.GetEnvironmentVariable("UPDATE_CAPACITY") is not null) File.WriteAllText(Document, computed);

        Assert.True(
            File.Exists(Document) && File.ReadAllText(Document).ReplaceLineEndings("\n") == computed,
            "infra/CAPACITY.md is not what the model computes. Run: UPDATE_CAPACITY=1 dotnet test tests/EReferrals.Tests --filter Capacity");
    }

    [Fact]
    public void The_production_defaults_carry_national_demand_with_headroom()
    {
        var national = new CapacityModel(1);

        Assert.InRange(national.Units, 1, Default("serviceBusUnits"));
        Assert.InRange(national.Instances, 1, Default("maximumInstances") / 2m);
        Assert.InRange(national.Cost, 1, Default("monthlyBudget"));
        Assert.Equal(CapacityModel.HttpConcurrency.Value, Default("httpConcurrency"));
        Assert.Equal(CapacityModel.InstanceGigabytes.Value * 1_024, Default("instanceMemoryMB"));
    }

    [Fact]
    public void The_model_counts_a_scale_group_for_every_function_without_an_HTTP_trigger()
    {
        var alone = typeof(EReferrals.Program).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FunctionAttribute>() is not null)
            .Count(method => !method.GetParameters().Any(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>() is not null));

        Assert.Equal(CapacityModel.FunctionGroups.Value, alone + 1);
        Assert.Equal(CapacityModel.ReadyForHttp.Value, Default("alwaysReadyHttp"));
        Assert.Equal(CapacityModel.MostInstances.Value, Default("maximumInstances"));
        Assert.Equal((double)CapacityModel.ModePollInterval.Value, ServiceModes.PollInterval.TotalSeconds);
        Assert.Equal((double)CapacityModel.HeartbeatInterval.Value, Instances.Period.TotalSeconds);
    }

    [Fact]
    public void No_list_or_table_is_the_bottleneck_at_twice_national_demand()
    {
        var twice = new CapacityModel(2);

        Assert.InRange(twice.BusiestPartition, 0, CapacityModel.PartitionLimit / 2m);
        Assert.InRange(twice.HeartbeatEntities, 0, CapacityModel.PartitionLimit / 2m);
        Assert.InRange(twice.BusiestList, 0, CapacityModel.ListCarries / 2m);
        Assert.Equal(1, twice.RecordsAccounts);
    }

    private static int Default(string parameter)
    {
        var template = File.ReadAllText(Path.Combine(Repository.Root, "infra", "main.bicep"));
        var declared = Defaults().Matches(template).Single(match => match.Groups[1].Value == parameter);
        return int.Parse(declared.Groups[2].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^param (\w+) int = (?:stage == 'production' \? )?(\d+)", RegexOptions.Multiline)]
    private static partial Regex Defaults();
}
