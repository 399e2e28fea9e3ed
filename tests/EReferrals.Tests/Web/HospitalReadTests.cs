using EReferrals.Tests.Journeys;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>What a hospital sees: its lists, and a referral.</summary>
[Collection(UsesWebApp.Name)]
public sealed class HospitalReadTests(WebApp web)
{
    [BrowserFact]
    public async Task A_clinician_signs_in_and_reads_a_list_and_a_referral_with_its_letter()
    {
        var letter = await web.App.AvailableAsync(Sample.ReferringClinician, "Dear colleague, please see this patient.");
        var ubrn = await web.ReferAsync("Reading", letter: letter);
        await using var screen = await web.OpenAsync();
        await screen.SeeAsync("Sign in");
        await screen.CheckAsync("sign-in");

        await screen.SignInAsync("103264994981|*");
        await screen.SeeAsync("Your lists");
        await screen.CheckAsync("start");

        await screen.Page.Locator(".app-cards a[href$='REFERRALS_FOR_REVIEW']").ClickAsync();
        await screen.SeeAsync("Referrals for review");
        await screen.CheckAsync("list");

        await screen.Page.Locator($"tr[data-ubrn='{ubrn}'] a").ClickAsync();
        await screen.SeeAsync("Awaiting triage");
        await Assertions.Expect(screen.Page.Locator(".app-patient")).ToContainTextAsync("READING, Ann");
        await Assertions.Expect(screen.Page.Locator("main")).ToContainTextAsync("Chest pain on exertion");
        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Show letter.txt" }).ClickAsync();
        await Assertions.Expect(screen.Page.Locator("pre")).ToHaveTextAsync("Dear colleague, please see this patient.");
        await screen.Page.GetByText("History").ClickAsync();
        await Assertions.Expect(screen.Page.Locator(".app-history")).ToContainTextAsync("Referred");
        await screen.CheckAsync("referral");
    }
}
