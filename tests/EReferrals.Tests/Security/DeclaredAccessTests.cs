using EReferrals.Security;
using EReferrals.Status.Health;

namespace EReferrals.Tests.Security;

public sealed class DeclaredAccessTests
{
    [Fact]
    public void A_function_declared_anonymous_is_open() =>
        Assert.True(DeclaredAccess.From($"{typeof(GetPingFunction).FullName}.{nameof(GetPingFunction.GetAsync)}").IsOpen);

    [Theory]
    [InlineData("")]
    [InlineData("RunAsync")]
    [InlineData("EReferrals.Nowhere.RunAsync")]
    [InlineData("EReferrals.Status.GetPingFunction.Elsewhere")]
    [InlineData("EReferrals.Status.GetPingFunction.ToString")]
    public void A_function_that_is_unknown_or_declares_no_access_is_closed(string entryPoint)
    {
        var access = DeclaredAccess.From(entryPoint);

        Assert.False(access.IsOpen);
        Assert.Empty(access.Roles);
    }
}
