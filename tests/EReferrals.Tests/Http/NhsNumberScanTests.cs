using EReferrals.Telemetry;

namespace EReferrals.Tests.Http;

public sealed class NhsNumberScanTests
{
    [Theory]
    [InlineData("9434765919")]
    [InlineData("943 476 5919")]
    [InlineData("referral-943-476-5919-1")]
    [InlineData("NHS9434765919")]
    [InlineData("patient:9434765919:2")]
    [InlineData("ref-a9434765919")]
    [InlineData("9434765919abc")]
    [InlineData("943_476_5919")]
    [InlineData("943.476.5919")]
    [InlineData("d943-476-5919e")]
    [InlineData("943 476-5919")]
    [InlineData("943,476,5919")]
    [InlineData("943+476+5919")]
    [InlineData("943  476  5919")]
    [InlineData("943%20476%205919")]
    [InlineData("%394%33476591%39")]
    [InlineData("9434765919ab")]
    public void A_valid_NHS_number_in_a_text_is_found(string text) => Assert.True(NhsNumberScan.Finds(text));

    [Theory]
    [InlineData("9434765918")]
    [InlineData("94347659191")]
    [InlineData("0b7d2a51-8f3c-4f0b-b1c2-a9434765919e")]
    [InlineData("00-4bf92f35a9434765919da6a3ce929d0e-00f067aa0ba902b7-01")]
    [InlineData("943 4765919")]
    [InlineData("943-4765919a0-9434")]
    [InlineData("")]
    public void Other_numbers_and_random_ids_are_not_taken_for_one(string text) => Assert.False(NhsNumberScan.Finds(text));

    [Fact]
    public void A_hundred_thousand_random_ids_contain_none() =>
        Assert.DoesNotContain(Enumerable.Range(0, 100_000).Select(_ => Guid.NewGuid().ToString()), NhsNumberScan.Finds);
}
