using System.Text;
using EReferrals.Tests.Journeys;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>Sign-in, its end, and the switch between roles.</summary>
[Collection(UsesWebApp.Name)]
public sealed class SignInTests(WebApp web)
{
    [BrowserFact]
    public async Task A_reload_signs_in_silently_and_a_sign_out_ends_that()
    {
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, "/app/lists/REFERRALS_FOR_REVIEW");
        await screen.SeeAsync("Referrals for review");
        await screen.Page.ReloadAsync();
        await screen.SeeAsync("Referrals for review");

        await screen.PressAsync("Sign out");
        await screen.SeeAsync("You are signed out");
        await screen.CheckAsync("signed-out");
        await screen.OpenAsync("/app");
        await screen.SeeAsync("Sign in");
        await screen.Page.ReloadAsync();
        await screen.SeeAsync("Sign in");
    }

    [BrowserFact]
    public async Task No_token_is_kept_in_the_storage_of_the_browser()
    {
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician);
        await screen.SeeAsync("Your lists");

        Assert.Equal(0, await screen.Page.EvaluateAsync<int>("localStorage.length"));
        var kept = await screen.Page.EvaluateAsync<string>("JSON.stringify({ ...sessionStorage }) + document.cookie");
        Assert.DoesNotContain("eyJ", kept, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task A_sign_in_that_ends_in_the_middle_of_a_form_is_renewed_without_losing_what_was_typed()
    {
        var ubrn = await web.ReferAsync("Expiring");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}/return", expiresIn: 5);
        await screen.SeeAsync("Return the referral with advice");
        await screen.Page.Locator("textarea").FillAsync("Advice that took long to write");
        await screen.SeeInAsync("[data-notice=expired]", "Your sign-in has ended");
        await screen.CheckAsync("expired");

        await screen.PressAsync("Sign in again");
        await Assertions.Expect(screen.Page.Locator("[data-notice=expired]")).ToHaveCountAsync(0);
        Assert.Equal("Advice that took long to write", await screen.Page.Locator("textarea").InputValueAsync());
        await screen.SubmitAsync();

        await screen.SeeDoneAsync("Returned with your advice.");
    }

    [BrowserFact]
    public async Task A_user_switches_between_organisations_and_sees_the_lists_of_the_other_one()
    {
        var ubrn = await web.ReferAsync("Elsewhere", service: "60001");
        await using var screen = await web.OpenAsync("/app/lists/REFERRALS_FOR_REVIEW");
        await screen.SignInAsync("103264994981|*");
        await screen.SeeAsync("Referrals for review");
        await Assertions.Expect(screen.Page.Locator($"tr[data-ubrn='{ubrn}']")).ToHaveCountAsync(0);

        await screen.Page.GetByLabel("Role and organisation").SelectOptionAsync(new SelectOptionValue { Label = "Provider clinician, RCD" });
        await screen.SeeInAsync("main", "at RCD");
        await screen.Page.Locator(".app-cards a[href$='REFERRALS_FOR_REVIEW']").ClickAsync();

        await screen.SeeInAsync($"tr[data-ubrn='{ubrn}']", "Elsewhere");
    }

    [BrowserFact]
    public async Task A_view_that_could_not_be_read_because_the_sign_in_had_ended_is_read_after_the_next_one()
    {
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician);
        await screen.SeeAsync("Your lists");
        await screen.Page.RouteAsync("**/v1/worklists/**", route => route.FulfillAsync(new() { Status = 401 }));
        await screen.Page.Locator(".app-cards a[href$='REFERRALS_FOR_REVIEW']").ClickAsync();
        await screen.SeeAsync("Your sign-in has ended");
        await screen.Page.UnrouteAllAsync();

        await screen.PressAsync("Sign in again");

        await screen.SeeAsync("Referrals for review");
    }

    [BrowserFact]
    public async Task A_repeated_sign_in_in_another_role_leaves_the_form_of_the_first_one()
    {
        var ubrn = await web.ReferAsync("Roles");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, $"/app/referrals/{ubrn}/return", expiresIn: 5);
        await screen.SeeAsync("Return the referral with advice");
        await screen.Page.Locator("textarea").FillAsync("Advice of the first role");
        await screen.SeeInAsync("[data-notice=expired]", "Your sign-in has ended");
        await screen.Page.Context.ClearCookiesAsync();

        var window = await screen.Page.RunAndWaitForPopupAsync(() => screen.PressAsync("Sign in again"));
        await Screen.ChooseAsync(window, "103264994981|RCD:SERVICE_PROVIDER_CLINICIAN");

        await screen.SeeInAsync("main", "at RCD");
        await screen.SeeInAsync("#who", "RCD");
        await Assertions.Expect(screen.Page.Locator("[data-notice=expired]")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task What_was_typed_is_still_there_after_a_switch_to_another_role_and_back()
    {
        await using var screen = await web.OpenAsync("/app/refer");
        await screen.SignInAsync("021600556514|*");
        await screen.SeeAsync("Refer a patient");
        await screen.Page.GetByLabel("Why is the patient referred?").FillAsync("Breathless on the stairs");
        await screen.Page.GetByLabel("Day").FillAsync("3");
        var roles = screen.Page.GetByLabel("Role and organisation");
        var first = await roles.InputValueAsync();
        await roles.SelectOptionAsync(new SelectOptionValue { Index = first == "0" ? 1 : 0 });
        await screen.SeeAsync("Your lists");

        await roles.SelectOptionAsync(first);
        await screen.SeeAsync("Your lists");
        await screen.Page.Locator("#nav").GetByText("Refer a patient").ClickAsync();

        await Assertions.Expect(screen.Page.GetByLabel("Why is the patient referred?")).ToHaveValueAsync("Breathless on the stairs");
        await Assertions.Expect(screen.Page.GetByLabel("Day")).ToHaveValueAsync("3");
        await Assertions.Expect(screen.Page.GetByLabel("Year")).ToHaveValueAsync("");
    }

    [BrowserFact]
    public async Task A_user_without_a_role_is_told_so_and_sees_nothing()
    {
        await using var screen = await web.OpenAsync();
        await screen.SeeAsync("Sign in");
        var calls = 0;
        screen.Page.Request += (_, request) => calls += request.Url.Contains("/v1/", StringComparison.Ordinal) ? 1 : 0;
        // The local issuer gives every user a role; another issuer need not.
        await screen.Page.RouteAsync("**/local/token", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = $$"""{ "access_token": "{{Unsigned("""{"sub":"1"}""")}}", "token_type": "Bearer", "expires_in": 3600 }""",
        }));
        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(screen.Page.Locator("summary")).ToBeVisibleAsync();
        await screen.CheckAsync("local-issuer");
        await Screen.ChooseAsync(screen.Page, "103264994981|R69:SERVICE_PROVIDER_CLINICIAN");

        await screen.SeeAsync("You have no role here");
        await screen.CheckAsync("no-role");
        Assert.Equal(0, calls);
    }

    [BrowserFact]
    public async Task An_issuer_without_a_client_for_the_page_is_said_so()
    {
        await using var screen = await web.OpenAsync("/docs");
        await screen.Page.RouteAsync("**/app/config.json", async route =>
        {
            var response = await route.FetchAsync();
            var body = (await response.TextAsync()).Replace("\"clientId\"", "\"other\"", StringComparison.Ordinal);
            await route.FulfillAsync(new() { Response = response, Body = body });
        });
        await screen.OpenAsync("/app");

        await screen.SeeInAsync("main", "Sign-in is not set up for this service");
        await screen.CheckAsync("not-set-up");
    }

    private static string Unsigned(string payload) => $"e30.{Convert.ToBase64String(Encoding.UTF8.GetBytes(payload)).TrimEnd('=')}.e30";
}
