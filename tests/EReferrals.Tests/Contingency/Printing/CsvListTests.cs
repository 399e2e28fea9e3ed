using System.Text;
using EReferrals.Contingency.Printing;
using EReferrals.Referrals.Lists;

namespace EReferrals.Tests.Contingency.Printing;

public class CsvListTests
{
    [Theory]
    [InlineData("Jones", "Jones")]
    [InlineData(null, "")]
    [InlineData("Jones, Ann", "\"Jones, Ann\"")]
    [InlineData("Ann \"Annie\"", "\"Ann \"\"Annie\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"")]
    [InlineData("+44", "'+44")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData(" padded ", "\" padded \"")]
    public void A_cell_is_quoted_and_is_never_a_formula(string? text, string expected) => Assert.Equal(expected, CsvList.Cell(text));

    [Fact]
    public void Every_record_has_all_columns_and_ends_with_CRLF()
    {
        var entry = WorklistEntry.From(Sample.ReferralAwaitingTriage());
        var hostile = entry with { Patient = entry.Patient with { Name = "=cmd|'/c calc'!A0, \"x\"\r\n" } };
        var list = new WholeList(Sample.Provider, Worklist.ReferralsForReview, 1, Sample.Now, [entry, hostile]);

        var bytes = CsvList.ToBytes(list);

        Assert.Equal(Encoding.UTF8.Preamble.ToArray(), bytes[..3]);
        var records = Parse(Encoding.UTF8.GetString(bytes[3..]));
        Assert.Equal([31, 31, 31], records.Select(record => record.Count));
        Assert.Equal((entry.Ubrn.ToString(), "0000 0001 2346".Length), (records[1][0], records[1][1].Length));
        Assert.Equal("'=cmd|'/c calc'!A0, \"x\"\r\n", records[2][11]);
    }

    // A strict RFC 4180 parser.
    private static List<List<string>> Parse(string csv)
    {
        var records = new List<List<string>>();
        for (var at = 0; at < csv.Length;)
        {
            var record = new List<string>();
            while (true)
            {
                var cell = new StringBuilder();
                if (csv[at] == '"')
                {
                    for (at++; !(csv[at] == '"' && csv[at + 1] != '"'); at++)
                    {
                        if (csv[at] == '"') at++;
                        cell.Append(csv[at]);
                    }

                    at++;
                }
                else
                {
                    for (; csv[at] is not (',' or '\r'); at++) cell.Append(csv[at]);
                }

                record.Add(cell.ToString());
                if (csv[at++] == ',') continue;
                Assert.Equal('\n', csv[at++]);
                break;
            }

            records.Add(record);
        }

        return records;
    }
}
