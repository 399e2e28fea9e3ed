using System.Text;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Reading;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Worklists;

public class WorklistPagesTests
{
    [Fact]
    public void A_page_equals_the_serialised_JSON_of_its_entries() =>
        Prop.ForAll(Gen.ListOf(Gen.Elements("{}", "{\"name\":\"Zoë\"}", "{\"name\":\"李\"}", "{\"a\":1}")).ToArbitrary(), entries =>
        {
            var page = Encoding.UTF8.GetString(WorklistPages.Render([.. entries.Select(json => new ListedEntry("key", json))]));
            return page == $"[{string.Join(',', entries)}]";
        }).QuickCheckThrowOnFailure();
}
