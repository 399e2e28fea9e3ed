using EReferrals.Referrals;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class CheckDigitTests
{
    [Theory]
    [InlineData("9434765919")]
    [InlineData("9912003888")]
    [InlineData("9462979626")]
    [InlineData("1000000001")]
    [InlineData("4010232137")]
    [InlineData("9434765870")]
    [InlineData("9876543210")]
    [InlineData("9476719931")]
    [InlineData("9449305552")]
    [InlineData("943 476 5919")]
    [InlineData("943-476-5919")]
    public void A_valid_NHS_number_is_accepted(string text) => Assert.True(NhsNumber.TryParse(text, out _));

    [Theory]
    [InlineData("1234567890")]
    [InlineData("9434765918")]
    [InlineData("9912003889")]
    [InlineData("9312201101")]
    [InlineData("99120038881")]
    [InlineData("943476591")]
    [InlineData("943476591A")]
    [InlineData("0000000000")]
    [InlineData("1111111111")]
    [InlineData("9999999999")]
    [InlineData("943 476-5919")]
    [InlineData("9434 765919")]
    [InlineData("٩٤٣٤٧٦٥٩١٩")]
    [InlineData("")]
    [InlineData(null)]
    public void An_invalid_NHS_number_is_rejected(string? text) => Assert.False(NhsNumber.TryParse(text, out _));

    [Fact]
    public void An_NHS_number_does_not_print_its_digits() =>
        Assert.DoesNotMatch("[0-9]", $"{NhsNumber.Parse("9434765919")} {new Patient(NhsNumber.Parse("9434765919"), "Jones", null, null)}");

    [Theory]
    [InlineData("22298006")]
    [InlineData("73211009")]
    [InlineData("404684003")]
    [InlineData("3457005")]
    [InlineData("999000011000000103")]
    public void A_SNOMED_identifier_with_a_valid_check_digit_is_accepted(string text) => Assert.True(Identifiers.IsSnomed(text));

    [Theory]
    [InlineData("22298007")]
    [InlineData("1003")]
    [InlineData("022298006")]
    [InlineData("2229800600000000000")]
    [InlineData("2229800a")]
    public void An_invalid_SNOMED_identifier_is_rejected(string text) => Assert.False(Identifiers.IsSnomed(text));

    [Fact]
    public void Every_sequence_number_gives_a_12_digit_UBRN_that_decodes_to_it() =>
        Prop.ForAll(Sequences, sequence =>
        {
            var ubrn = Ubrn.FromSequence(sequence);
            return ubrn.ToString().Length == 12 && ubrn.Sequence == sequence && Verhoeff.IsValid(ubrn.ToString());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_UBRN_with_one_wrong_digit_is_detected() =>
        Prop.ForAll(Sequences, Gen.Choose(0, 11).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), (sequence, position, difference) =>
        {
            var digits = Ubrn.FromSequence(sequence).ToString().ToCharArray();
            digits[position] = (char)('0' + ((digits[position] - '0' + difference) % 10));
            return !Verhoeff.IsValid(digits);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_UBRN_with_two_adjacent_digits_swapped_is_detected() =>
        Prop.ForAll(Sequences, Gen.Choose(0, 10).ToArbitrary(), (sequence, position) =>
        {
            var digits = Ubrn.FromSequence(sequence).ToString().ToCharArray();
            if (digits[position] == digits[position + 1]) return true;
            (digits[position], digits[position + 1]) = (digits[position + 1], digits[position]);
            return !Verhoeff.IsValid(digits);
        }).QuickCheckThrowOnFailure();

    private static Arbitrary<long> Sequences =>
        (from high in Gen.Choose(0, 99_999) from low in Gen.Choose(0, 999_999) select (high * 1_000_000L) + low).ToArbitrary();
}
