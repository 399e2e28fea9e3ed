using EReferrals.Contingency.Printing;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Contingency.Printing;

public class Code128Tests
{
    private const int StartA = 103;
    private const int StartB = 104;
    private const int StartC = 105;

    // The usual worked examples: "PJJ123C" in set A, "Wikipedia" in set B, and FNC1 42 18 40 20 50 with a final 0 in set A.
    [Theory]
    [InlineData(StartA, new[] { 48, 42, 42, 17, 18, 19, 35 }, 54)]
    [InlineData(StartB, new[] { 55, 73, 75, 73, 80, 69, 68, 73, 65 }, 88)]
    [InlineData(StartC, new[] { 102, 42, 18, 40, 20, 50, 101, 16 }, 92)]
    public void The_check_symbol_matches_known_bar_codes(int start, int[] symbols, int expected) =>
        Assert.Equal(expected, Code128.CheckSymbol(start, symbols));

    [Fact]
    public void Digits_are_encoded_in_pairs_between_start_and_check_symbol() =>
        // 105 + 1*0 + 2*12 + 3*34 + 4*56 + 5*78 + 6*90 = 1385 = 13 * 103 + 46
        Assert.Equal([105, 0, 12, 34, 56, 78, 90, 46, 106], Code128.Symbols("001234567890"));

    [Fact]
    public void Every_number_can_be_decoded_from_its_bars() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var digits = Ubrn.FromSequence((seed * 46L) % Ubrn.SequenceEnd).ToString();
            return Read([.. Code128.Modules(digits)]) == digits;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void All_symbols_differ_and_have_the_standard_width()
    {
        var symbols = Enumerable.Range(0, 100).Select(Symbol).ToArray();

        Assert.Equal(100, symbols.Distinct().Count());
        // A scanner checks that every symbol has eleven modules, an even number of them black.
        Assert.All(
            symbols,
            symbol => Assert.Equal((11, 0), (symbol.Sum(width => width - '0'), symbol.Where((_, index) => index % 2 == 0).Sum(width => width - '0') % 2)));
    }

    // The symbol of the first pair after the start symbol.
    private static string Symbol(int pair) => string.Concat(Code128.Modules($"{pair:D2}00").Skip(6).Take(6));

    // An independent decoder that compares each symbol with those of all pairs.
    private static string Read(int[] modules)
    {
        var symbols = modules[6..^13].Chunk(6).Select(symbol => string.Concat(symbol)).ToArray();
        var pairs = symbols.Select(symbol => Enumerable.Range(0, 100).Single(pair => Symbol(pair) == symbol));
        return string.Concat(pairs.Select(pair => $"{pair:D2}"));
    }
}
