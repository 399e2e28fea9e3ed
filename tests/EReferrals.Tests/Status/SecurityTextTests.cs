using EReferrals.Tests.Operations;

namespace EReferrals.Tests.Status;

[Collection(UsesStrictApp.Name)]
public sealed class SecurityTextTests(StrictApp strict)
{
    [Fact]
    public async Task Everybody_reads_whom_to_tell_about_a_weakness()
    {
        using var response = await strict.App.Http.GetAsync(new Uri("/.well-known/security.txt", UriKind.Relative));

        Assert.Equal((200, "text/plain"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Equal(
            ["Contact: mailto:security@example.org", "Expires: 2027-06-30T00:00:00.000Z", "Preferred-Languages: en", ""],
            (await response.Content.ReadAsStringAsync()).Split('\n'));
    }
}
