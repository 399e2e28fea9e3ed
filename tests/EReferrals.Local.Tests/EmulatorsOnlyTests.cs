namespace EReferrals.Local.Tests;

public sealed class EmulatorsOnlyTests
{
    [Theory]
    [InlineData("UseDevelopmentStorage=true", true)]
    [InlineData("BlobEndpoint=http://127.0.0.1:10000/records;TableEndpoint=http://127.0.0.1:10002/records;AccountName=records;AccountKey=a2V5", true)]
    [InlineData("Endpoint=sb://localhost:5672;SharedAccessKeyName=x;SharedAccessKey=y;UseDevelopmentEmulator=true", true)]
    [InlineData("http://127.0.0.1:10000/records", true)]
    [InlineData("BlobEndpoint=http://127.0.0.1:10000/records;TableEndpoint=https://real.table.core.windows.net", false)]
    [InlineData("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://real.example", false)]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net", false)]
    [InlineData("BlobEndpoint=https://real.blob.core.windows.net/;SharedAccessSignature=x", false)]
    [InlineData("Endpoint=sb://real.servicebus.windows.net/;SharedAccessKeyName=x;SharedAccessKey=y;UseDevelopmentEmulator=true", false)]
    [InlineData("Endpoint=sb://localhost:5672;SharedAccessKeyName=x;SharedAccessKey=y", false)]
    [InlineData("https://real.blob.core.windows.net/", false)]
    [InlineData("real.servicebus.windows.net", false)]
    [InlineData("/tmp/records", false)]
    [InlineData("", false)]
    public void Only_a_connection_to_an_emulator_on_this_machine_is_taken(string connection, bool isTaken) =>
        Assert.Equal(isTaken, EmulatorsOnly.IsOfEmulator(connection));

    [Theory]
    [InlineData("Audit__DigestKeys", "2026-01-01:a2V5")]
    [InlineData("Contingency__LinkRoles", "SERVICE_PROVIDER_CLINICIAN")]
    [InlineData("Contingency:LinkRoles", "")]
    public void A_setting_that_is_no_connection_is_taken(string name, string value) =>
        EmulatorsOnly.Check(new Dictionary<string, string> { [name] = value });
}
